public import MartletBlocks
public import MartletCore
import MartletStatistics

extension RDD {
    /// A random part of the elements that has exactly `ceil(fraction * count)` elements of each key. Keeps the order and the
    /// partitioner.
    ///
    ///     let visits = context.range(0, 1000, partitions: 4).map { ($0 % 2 == 0 ? "even" : "odd", $0) }
    ///     let part = try await visits.sampleByKeyExact(withReplacement: false, fractions: ["even": 0.1, "odd": 0.01])
    ///     try await part.filter { $0.0 == "even" }.count()   // 50
    ///     try await part.filter { $0.0 == "odd" }.count()   // 5
    ///
    /// Runs a job that counts the keys of each partition, distributes the sizes over the partitions as random draws would, and
    /// returns an RDD that draws that many in each: every sample of the size is equally likely. `cache()` an RDD that takes
    /// long to compute, or whose elements differ each time.
    ///
    /// - Parameters:
    ///   - withReplacement: an element may be drawn several times.
    ///   - fractions: as in `sample`, for each key. Elements of other keys are left out.
    ///   - seed: the same seed gives the same sample; nil draws one.
    /// - Throws: `ArgumentError` for an invalid fraction.
    /// - Complexity: the caller holds a number for each named key of each partition.
    @inlinable @inline(__always)
    public func sampleByKeyExact<Key: Hashable & Sendable, Value: Sendable>(
        withReplacement: Bool, fractions: [Key: Double], seed: Int? = nil, file: String = #fileID, line: Int = #line
    ) async throws -> RDD<Element> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        let keys = NamedKeys(fractions.keys)
        let count: FoldKernel<KeyTally> = { raw, tally in
            raw.elements((Key, Value).self).forEach { row in
                if let position = keys.positions[row.0] { tally.add(position) }
            }
        }
        return try await exactSampleByKey(
            site, withReplacement, fractions, seed, keys, count, keyedSamplingKernel(QuotaSampler<Key>.self, Value.self))
    }

    @usableFromInline @inline(never)
    func exactSampleByKey<Key: Hashable & Sendable, Value: Sendable>(
        _ site: CallSite, _ withReplacement: Bool, _ fractions: [Key: Double], _ seed: Int?,
        _ keys: NamedKeys<Key>, _ count: @escaping FoldKernel<KeyTally>, _ kernel: @escaping Kernel
    ) async throws -> RDD<Element> where Element == (Key, Value) {
        try checkKeys(Key.self, "sampleByKeyExact", site)
        if let problem = fractionProblem(fractions, withReplacement) {
            throw ArgumentError(operation: "sampleByKeyExact", callSite: site, problem: problem)
        }
        let seed = seed ?? drawnSeed()
        let tallies = try await foldPartitions(
            "sampleByKeyExact", site, from: KeyTally(keyCount: keys.all.count), count)
        var quotas = tallies.map { _ in keys.all.map { _ in Quota(count: 0, population: 0) } }
        var generator = SeededGenerator(seed: seed)
        for position in KeyTally.order(tallies) {
            let key = keys.all[position]
            let parts = tallies.map { $0.counts[position] }
            let population = parts.reduce(0, +)
            let wanted = ((fractions[key] ?? 0) * Double(population)).rounded(.up)
            let most = SeededGenerator.mostTrials
            guard wanted <= Double(most) else {
                let problem = "key \(key): cannot draw \(wanted) elements; \(most) can be at most, since larger numbers are not exact"
                throw ArgumentError(operation: "sampleByKeyExact", callSite: site, problem: problem)
            }
            let whole = Quota(
                count: withReplacement ? Int(wanted) : Swift.min(Int(wanted), population), population: population)
            let shares = whole.split(parts, withReplacement: withReplacement, &generator)
            for (partition, quota) in shares.enumerated() { quotas[partition][position] = quota }
        }
        let shares = quotas
        return stateful("sampleByKeyExact", site, kernel) { partition in
            SamplingState(QuotaSampler(
                keys: keys, quotas: shares[partition], withReplacement: withReplacement,
                generator: SeededGenerator(seed: seed, partition: partition)))
        }
    }
}

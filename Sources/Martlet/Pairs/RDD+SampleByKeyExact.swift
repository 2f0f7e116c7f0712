public import MartletBlocks
public import MartletCore
import MartletExecutor
public import MartletStatistics

extension RDD {
    /// A random part of the elements that has exactly `ceil(fraction * count)` of each key's. Keeps the order and the
    /// partitioner.
    ///
    ///     let visits = context.range(0, 1000, partitions: 4).map { ($0 % 2 == 0 ? "even" : "odd", $0) }
    ///     let part = try await visits.sampleByKeyExact(withReplacement: false, fractions: ["even": 0.1, "odd": 0.01])
    ///     try await part.filter { $0.0 == "even" }.count()   // 50
    ///     try await part.filter { $0.0 == "odd" }.count()   // 5
    ///
    /// Runs a job that counts the keys of each partition, deals the sizes out to the partitions as random draws would,
    /// and returns an RDD that draws so many in each: every sample of the size is as likely as every other. `cache()` an
    /// RDD that takes long to compute, or that has other elements each time.
    ///
    /// - Parameters:
    ///   - withReplacement: an element may be drawn several times.
    ///   - fractions: as in `sample`, for each key. Elements of other keys are left out.
    ///   - seed: the same seed gives the same sample; nil draws one.
    /// - Throws: `ArgumentError` for a fraction that makes no sense.
    /// - Complexity: the caller holds a number for each named key of each partition.
    @inlinable @inline(__always)
    public func sampleByKeyExact<Key: Hashable & Sendable, Value: Sendable>(
        withReplacement: Bool, fractions: [Key: Double], seed: Int? = nil, file: String = #fileID, line: Int = #line
    ) async throws -> RDD<Element> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        let count: FoldKernel<[Key: KeyCount]> = { raw, counts in
            raw.elements((Key, Value).self).forEach { row in
                if fractions[row.0] != nil {
                    let position = counts.count
                    counts[row.0, default: KeyCount(position: position)].count += 1
                }
            }
        }
        return try await exactSampleByKey(
            site, withReplacement, fractions, seed, count,
            keyedSamplingKernel(QuotaSampler<Key>.self, Value.self))
    }

    @usableFromInline @inline(never)
    func exactSampleByKey<Key: Hashable & Sendable, Value: Sendable>(
        _ site: CallSite, _ withReplacement: Bool, _ fractions: [Key: Double], _ seed: Int?,
        _ count: @escaping FoldKernel<[Key: KeyCount]>, _ kernel: @escaping Kernel
    ) async throws -> RDD<Element> where Element == (Key, Value) {
        if let problem = fractionProblem(fractions, withReplacement) {
            throw ArgumentError(operation: "sampleByKeyExact", callSite: site, problem: problem)
        }
        let seed = seed ?? drawnSeed()
        let counts = try await foldPartitions("sampleByKeyExact", site, from: [:], count)
        var quotas: [[Key: Quota]] = counts.map { _ in [:] }
        var generator = SeededGenerator(seed: seed)
        for key in inOrder(counts) {
            let parts = counts.map { $0[key]?.count ?? 0 }
            let population = parts.reduce(0, +)
            let wanted = ((fractions[key] ?? 0) * Double(population)).rounded(.up)
            guard wanted < 0x1p62 else {
                throw ArgumentError(
                    operation: "sampleByKeyExact", callSite: site, problem: "key \(key): cannot draw \(wanted) elements")
            }
            let whole = Quota(
                count: withReplacement ? Int(wanted) : Swift.min(Int(wanted), population), population: population)
            for (partition, quota) in whole.split(parts, withReplacement: withReplacement, &generator).enumerated()
            where quota.count > 0 {
                quotas[partition][key] = quota
            }
        }
        let shares = quotas
        return stateful("sampleByKeyExact", site, kernel) { partition in
            SamplingState(QuotaSampler(
                quotas: shares[partition], withReplacement: withReplacement,
                generator: SeededGenerator(seed: seed, partition: partition)))
        }
    }
}

/// The keys in the order in which they come first: that of a dictionary is another one in each process.
private func inOrder<Key>(_ counts: [[Key: KeyCount]]) -> [Key] {
    var seen: Set<Key> = []
    return counts.flatMap { part in
        part.sorted { $0.value.position < $1.value.position }.map(\.key).filter { seen.insert($0).inserted }
    }
}

/// How often a key occurs in a partition, and how many others came before it.
@usableFromInline
struct KeyCount: Sendable {
    @usableFromInline var count = 0
    @usableFromInline let position: Int

    @usableFromInline
    init(position: Int) { self.position = position }
}

/// How many are still to be drawn of each key, and the random numbers, of one partition.
@usableFromInline
struct QuotaSampler<Key: Hashable & Sendable>: SamplerByKey {
    @usableFromInline var quotas: [Key: Quota]
    @usableFromInline let withReplacement: Bool
    @usableFromInline var generator: SeededGenerator

    @usableFromInline
    init(quotas: [Key: Quota], withReplacement: Bool, generator: SeededGenerator) {
        self.quotas = quotas
        self.withReplacement = withReplacement
        self.generator = generator
    }

    @inlinable
    mutating func count(of key: Key) -> Int {
        if withReplacement { return quotas[key]?.drawsOfNext(&generator) ?? 0 }
        return quotas[key]?.drawsNext(&generator) == true ? 1 : 0
    }
}

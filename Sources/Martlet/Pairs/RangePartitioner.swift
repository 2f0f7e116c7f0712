import MartletBlocks
import MartletCore
import MartletLineage
import MartletPlan
import MartletShuffle
import MartletStatistics
import MartletTasks
import MartletThreads

extension Partitioner where Key: Comparable {
    /// Keeps neighbouring keys together: partition `i` has the keys up to bound `i`, the last partition has the keys beyond all
    /// bounds (Spark's `RangePartitioner`, with bounds that are known).
    ///
    ///     let decades = Partitioner.range(bounds: [9, 19])
    ///     let ages = context.parallelize([(25, "c"), (3, "a"), (19, "b")], partitions: 2).partitionBy(decades)
    ///     try await ages.values().collectPartitions()   // [["a"], ["b"], ["c"]]
    ///
    /// Partitioners with equal bounds and direction are equal. The bounds are sorted, and equal ones counted once. Keys that do
    /// not equal themselves (NaN) come after all other keys, as in `sortBy`.
    public static func range(bounds: [Key], ascending: Bool = true) -> Partitioner {
        let order = TotalOrder<Key>()
        func precedes(_ left: Key, _ right: Key) -> Bool {
            ascending ? order.precedes(left, right) : order.precedes(right, left)
        }
        var ordered: [Key] = []
        for bound in bounds.sorted(by: precedes) where ordered.last.map({ precedes($0, bound) }) ?? true {
            ordered.append(bound)
        }
        return Partitioner(
            identity: .bounds(RangeBounds(ordered, isAscending: ascending)),
            partitioning: KeyPartitioning(ranges: ordered, isAscending: ascending))
    }

    /// Ranges with about equally many rows of an RDD, from a sample of its keys: runs a job.
    ///
    ///     let pairs = context.range(0, 1000, partitions: 4).keyBy { $0 }
    ///     let quarters = try await Partitioner.range(4, of: pairs)
    ///     try await pairs.partitionBy(quarters).collectPartitions().map { $0.count > 100 }   // [true, true, true, true]
    ///
    /// Few different keys give fewer partitions; no keys give one. The same RDD gives the same bounds in each run.
    ///
    /// - Parameter partitions: the largest number of ranges, at least 1.
    /// - Throws: `ArgumentError`, and errors of the job.
    public static func range<Value: Sendable>(
        _ partitions: Int, of rdd: RDD<(Key, Value)>, ascending: Bool = true, file: String = #fileID,
        line: Int = #line
    ) async throws -> Partitioner {
        let site = CallSite(file: file, line: line)
        try CountLimit.shuffledPartitions.check(partitions, "range", site)
        if let problem = rdd.lineage.problem { throw problem }
        guard partitions > 1, rdd.partitionCount > 0 else { return .range(bounds: [], ascending: ascending) }
        let wanted = 3 * Swift.min(samplesPerRange * partitions, 1_000_000)
        let samples = try await rdd.keys(file: file, line: line).keySamples("range", site, wanted: wanted)
        return .range(bounds: weightedCuts(samples, into: partitions, ascending: ascending), ascending: ascending)
    }

    private static var samplesPerRange: Int { 20 }

    /// The last key of each range but the last: ranges have about the same weight.
    private static func weightedCuts(
        _ samples: [KeySample<Key>], into count: Int, ascending: Bool
    ) -> [Key] {
        let order = TotalOrder<Key>()
        func isSame(_ left: Key, _ right: Key) -> Bool { !order.precedes(left, right) && !order.precedes(right, left) }
        let weighted = samples.flatMap { sample in sample.keys.map { (key: $0, weight: sample.weight) } }
            .sorted { ascending ? order.precedes($0.key, $1.key) : order.precedes($1.key, $0.key) }
        let total = weighted.reduce(0) { $0 + $1.weight }
        var cuts: [Key] = []
        var sum = 0.0
        for (key, weight) in weighted where cuts.count < count - 1 {
            sum += weight
            if sum >= total * Double(cuts.count + 1) / Double(count), cuts.last.map({ !isSame($0, key) }) ?? true {
                cuts.append(key)
            }
        }
        // A bound that no key lies beyond would leave the last range empty.
        if let last = weighted.last?.key, let cut = cuts.last, isSame(cut, last) { cuts.removeLast() }
        return cuts
    }
}

/// A sample of a partition's keys; each key represents `weight` rows.
struct KeySample<Key: Sendable>: Sendable {
    var keys: [Key] = []
    var seen = 0
    var generator: SeededGenerator
    let limit: Int

    init(limit: Int, partition: Int) {
        self.limit = limit
        generator = SeededGenerator(seed: 0, partition: partition)
    }

    var weight: Double { Double(seen) / Double(keys.count) }

    /// Each key seen so far is in the sample with equal probability.
    ///
    /// - Source: Vitter, "Random sampling with a reservoir" (1985), algorithm R.
    mutating func offer(_ key: Key) {
        seen += 1
        if keys.count < limit {
            keys.append(key)
        } else {
            let place = Int.random(in: 0..<seen, using: &generator)
            if place < limit { keys[place] = key }
        }
    }
}

extension RDD {
    /// A reservoir of each partition's elements. Partitions that are much larger than the others are sampled again, in
    /// proportion to their size.
    fileprivate func keySamples(
        _ operation: String, _ site: CallSite, wanted: Int
    ) async throws -> [KeySample<Element>] {
        let limit = Swift.max(1, wanted / partitionCount)
        var samples = try await keySamples(operation, site, of: Array(0..<partitionCount)) { _ in limit }
        let total = Swift.max(1, samples.reduce(0) { $0 + $1.seen })
        let shares = samples.map { sample in Int((Double(wanted) * Double(sample.seen) / Double(total)).rounded(.up)) }
        let large = samples.indices.filter { shares[$0] > 3 * limit }
        if large.isEmpty { return samples }
        let again = try await keySamples(operation, site, of: large) { shares[$0] }
        for (place, sample) in Swift.zip(large, again) { samples[place] = sample }
        return samples
    }

    private func keySamples(
        _ operation: String, _ site: CallSite, of partitions: [Int], limit: @escaping @Sendable (Int) -> Int
    ) async throws -> [KeySample<Element>] {
        try await run(partitions: partitions, operation, site) { source, task in
            var sample = KeySample<Element>(limit: limit(task.partitionID), partition: task.partitionID)
            try source.forEachBatch { batch in
                batch.elements(Element.self).forEach { sample.offer($0) }
                try task.cancellation.check()
            }
            return sample
        }
    }
}

public import MartletBlocks
public import MartletCore
public import MartletShuffle
public import MartletStatistics

extension RDD {
    /// The approximate number of distinct values of each key, by HyperLogLog++.
    ///
    ///     let visits = context.range(0, 1000, partitions: 4).map { ($0 % 2, $0 % 10) }
    ///     try await visits.countApproxDistinctByKey(partitions: 2).values().collect()   // [5, 5]
    ///
    /// The error is the same as in `countApproxDistinct`. A key with few values takes little memory, a key with many values
    /// about `1.1 / relativeSD²` bytes.
    ///
    /// - Parameters:
    ///   - relativeSD: the standard deviation of an estimate relative to the true number, above 0.000017; otherwise the
    ///     actions throw `ArgumentError`.
    ///   - partitions: nil keeps the RDD's partitioner, or else hashes to the context's default parallelism.
    @inlinable @inline(__always)
    public func countApproxDistinctByKey<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        relativeSD: Double = 0.05, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Int)> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        return estimated(site, partitions, Result { try distinctCounter("countApproxDistinctByKey", site, relativeSD) })
    }

    /// `countApproxDistinctByKey` with the precisions of HyperLogLog++, as in `countApproxDistinct`.
    ///
    ///     let visits = context.range(0, 1000, partitions: 4).map { ($0 % 2, $0 % 10) }
    ///     let counts = visits.countApproxDistinctByKey(precision: 9, sparsePrecision: 25, partitions: 2)
    ///     try await counts.values().collect()   // [5, 5]
    @inlinable @inline(__always)
    public func countApproxDistinctByKey<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        precision: Int, sparsePrecision: Int, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Int)> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        return estimated(
            site, partitions,
            Result { try distinctCounter("countApproxDistinctByKey", site, precision, sparsePrecision) })
    }

    @inlinable @inline(__always)
    func estimated<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        _ site: CallSite, _ partitions: Int?, _ counter: Result<DistinctCounter, any Error>
    ) -> RDD<(Key, Int)> where Element == (Key, Value) {
        let operation = "countApproxDistinctByKey"
        if let problem = keyError(Value.self, operation, site) { return broken(operation, site, problem) }
        let empty: DistinctCounter
        switch counter {
        case .success(let counter): empty = counter
        case .failure(let error): return broken(operation, site, error)
        }
        let counters: RDD<(Key, DistinctCounter)> = combine(
            operation, site, partitions.map { Partitioner<Key>.hash($0) },
            CombineProgram.make(
                Key.self,
                create: { (value: Value) in
                    var counter = empty
                    counter.add(hash: DistinctCounter.scrambled(KeyHasher<Value>().hash(value)))
                    return counter
                },
                mergeValue: { $0.add(hash: DistinctCounter.scrambled(KeyHasher<Value>().hash($1))) },
                mergeCombined: { $0.merge($1) }))
        return counters.step(operation, site, (Key, Int).self, keepsPartitioner: true) { frame in
            try frame.map { (row: (Key, DistinctCounter)) in (row.0, row.1.estimate) }
        }
    }

    @usableFromInline
    func broken<Output: Sendable>(_ operation: String, _ site: CallSite, _ error: any Error) -> RDD<Output> {
        context.broken(operation, site, Output.self, error)
    }
}

public import MartletBlocks
public import MartletCore
import MartletLineage
public import MartletStatistics
import MartletTasks
import MartletThreads

extension RDD {
    /// The number of elements, as well as it is known at a deadline.
    ///
    ///     let count = try await context.range(0, 1000, partitions: 4).countApprox(timeout: .seconds(60))
    ///     count.initialValue   // [1000.000, 1000.000]
    ///
    /// - Parameters:
    ///   - timeout: the time until the deadline; the job ends then, unless the caller keeps the result and waits for its
    ///     `finalValue`. Zero does not wait at all.
    ///   - confidence: the probability that the interval holds the true number, from 0 to 1, assuming that finished
    ///     partitions resemble the unfinished ones: see `ConfidenceEstimates`.
    /// - Throws: `ArgumentError` for a confidence outside of 0 to 1; the job's error, if it fails before the deadline.
    public func countApprox(
        timeout: Duration, confidence: Double = 0.95, file: String = #fileID, line: Int = #line
    ) async throws -> PartialResult<BoundedDouble> {
        try await countApprox(confidence, CallSite(file: file, line: line), until: Self.deadline(after: timeout))
    }

    package func countApprox(
        _ confidence: Double, _ site: CallSite, until deadline: @escaping @Sendable () async throws -> Void
    ) async throws -> PartialResult<BoundedDouble> {
        let element = lineage.elementType
        return try await approximate("countApprox", site, confidence, until: deadline, from: 0) { batch, count in
            count += batch.count
            element.discard(batch)
        } evaluate: { estimates, counts in
            estimates.count(counts)
        }
    }

    /// Folds each partition, and estimates the whole from the partitions that are finished at the deadline.
    @usableFromInline @inline(never)
    func approximate<Partial: Sendable, Value: Sendable>(
        _ operation: String, _ site: CallSite, _ confidence: Double,
        until deadline: @escaping @Sendable () async throws -> Void, from initial: Partial,
        _ kernel: @escaping FoldKernel<Partial>,
        evaluate: @escaping @Sendable (ConfidenceEstimates, [Partial]) -> Value
    ) async throws -> PartialResult<Value> {
        guard confidence >= 0, confidence <= 1 else {
            throw ArgumentError(
                operation: operation, callSite: site, problem: "a confidence is from 0 to 1, not \(confidence)")
        }
        try lineage.ensurePlanned()
        let estimates = ConfidenceEstimates(partitionCount: partitionCount, confidence: confidence)
        return try await runApproximate(operation, site, until: deadline) { source, task in
            var partial = initial
            try source.forEachBatch { batch in
                try kernel(batch, &partial)
                try task.cancellation.check()
            }
            return partial
        } evaluate: { parts in
            evaluate(estimates, parts)
        }
    }

    @usableFromInline
    static func deadline(after timeout: Duration) -> @Sendable () async throws -> Void {
        { if timeout > .zero { try await Task.sleep(for: timeout) } }
    }
}

extension RDD where Element: Hashable {
    /// How often each element occurs, as well as it is known at a deadline. Elements that occur in no finished partition
    /// are missing.
    ///
    ///     let letters = context.parallelize(["a", "b", "a"], partitions: 2)
    ///     let counts = try await letters.countByValueApprox(timeout: .seconds(60))
    ///     counts.initialValue["a"]?.mean   // Optional(2.0)
    ///
    /// The distinct elements of each partition, and of all, are held in memory.
    ///
    /// - Parameters:
    ///   - timeout: as in `countApprox`.
    ///   - confidence: of each interval by itself.
    /// - Throws: as `countApprox`.
    @inlinable @inline(__always)
    public func countByValueApprox(
        timeout: Duration, confidence: Double = 0.95, file: String = #fileID, line: Int = #line
    ) async throws -> PartialResult<[Element: BoundedDouble]> {
        let site = CallSite(file: file, line: line)
        try checkKeys(Element.self, "countByValueApprox", site)
        return try await approximate(
            "countByValueApprox", site, confidence, until: Self.deadline(after: timeout),
            from: [Element: Int](), { raw, counts in
                raw.elements(Element.self).forEach { element in counts[element, default: 0] += 1 }
            }, evaluate: { $0.counts($1) })
    }
}

extension RDD {
    /// How many values each key has, as well as it is known at a deadline. Keys that occur in no finished partition are
    /// missing.
    ///
    ///     let pairs = context.parallelize([("a", 1), ("b", 2), ("a", 3)], partitions: 2)
    ///     let counts = try await pairs.countByKeyApprox(timeout: .seconds(60))
    ///     counts.initialValue["a"]?.mean   // Optional(2.0)
    ///
    /// The distinct keys of each partition, and of all, are held in memory.
    ///
    /// - Parameters:
    ///   - timeout: as in `countApprox`.
    ///   - confidence: of each interval by itself.
    /// - Throws: as `countApprox`.
    @inlinable @inline(__always)
    public func countByKeyApprox<Key: Hashable & Sendable, Value: Sendable>(
        timeout: Duration, confidence: Double = 0.95, file: String = #fileID, line: Int = #line
    ) async throws -> PartialResult<[Key: BoundedDouble]> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        try checkKeys(Key.self, "countByKeyApprox", site)
        return try await approximate(
            "countByKeyApprox", site, confidence, until: Self.deadline(after: timeout),
            from: [Key: Int](), { raw, counts in
                raw.elements((Key, Value).self).forEach { pair in counts[pair.0, default: 0] += 1 }
            }, evaluate: { $0.counts($1) })
    }
}

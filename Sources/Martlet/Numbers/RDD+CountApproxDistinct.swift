public import MartletBlocks
public import MartletCore
public import MartletShuffle
public import MartletStatistics

extension RDD where Element: Hashable {
    /// The approximate number of distinct elements, by HyperLogLog++: one pass, little memory, no shuffle.
    ///
    ///     let numbers = context.range(0, 1000, partitions: 4).map { $0 % 10 }
    ///     try await numbers.countApproxDistinct()   // 10
    ///
    /// Two of three estimates are off by at most `relativeSD`, and 99.7% by at most three times as much. The estimate
    /// depends on the set of elements alone; for types of your own it is the same in every process if they are
    /// `EngineHashable`.
    ///
    /// - Parameter relativeSD: the standard deviation of the estimate relative to the true number, above 0.000017.
    ///   Memory in each task is about `1.1 / relativeSD²` bytes.
    /// - Throws: `ArgumentError` for a `relativeSD` out of range.
    @inlinable @inline(__always)
    public func countApproxDistinct(
        relativeSD: Double = 0.05, file: String = #fileID, line: Int = #line
    ) async throws -> Int {
        let site = CallSite(file: file, line: line)
        return try await approximated(distinctCounter("countApproxDistinct", site, relativeSD), site)
    }

    /// `countApproxDistinct` with the precisions of HyperLogLog++.
    ///
    ///     let numbers = context.range(0, 1000, partitions: 4).map { $0 % 10 }
    ///     try await numbers.countApproxDistinct(precision: 12, sparsePrecision: 25)   // 10
    ///
    /// - Parameters:
    ///   - precision: 4 to 32, for `2^precision` bytes in each task and a relative standard deviation of
    ///     `1.04 / 2^(precision / 2)`.
    ///   - sparsePrecision: `precision` to 32, of the finer table that is kept while it is small and gives nearly exact
    ///     results; 0 for none.
    /// - Throws: `ArgumentError` for precisions out of range.
    @inlinable @inline(__always)
    public func countApproxDistinct(
        precision: Int, sparsePrecision: Int, file: String = #fileID, line: Int = #line
    ) async throws -> Int {
        let site = CallSite(file: file, line: line)
        return try await approximated(
            distinctCounter("countApproxDistinct", site, precision, sparsePrecision), site)
    }

    @inlinable @inline(__always)
    func approximated(_ empty: DistinctCounter, _ site: CallSite) async throws -> Int {
        try checkKeys(Element.self, "countApproxDistinct", site)
        let kernel: FoldKernel<DistinctCounter> = { raw, partial in
            let batch: Batch<Element> = raw.elements()
            let hasher = KeyHasher<Element>()
            for index in 0..<batch.count {
                partial.add(hash: DistinctCounter.scrambled(hasher.hash(batch.base[index])))
            }
            batch.discard(from: 0)
        }
        let parts = try await foldPartitions("countApproxDistinct", site, from: empty, kernel)
        return try merge(parts, into: empty, "countApproxDistinct", site) { $0.merge($1) }.estimate
    }
}

/// An empty counter.
@usableFromInline
func distinctCounter(_ operation: String, _ site: CallSite, _ relativeSD: Double) throws -> DistinctCounter {
    guard relativeSD > 0.000017 else {
        throw ArgumentError(
            operation: operation, callSite: site,
            problem: "a relative standard deviation is above 0.000017, not \(relativeSD)")
    }
    return DistinctCounter(relativeError: relativeSD)
}

@usableFromInline
func distinctCounter(
    _ operation: String, _ site: CallSite, _ precision: Int, _ sparsePrecision: Int
) throws -> DistinctCounter {
    if let problem = DistinctCounter.problem(precision: precision, sparsePrecision: sparsePrecision) {
        throw ArgumentError(operation: operation, callSite: site, problem: problem)
    }
    return DistinctCounter(precision: precision, sparsePrecision: sparsePrecision)
}

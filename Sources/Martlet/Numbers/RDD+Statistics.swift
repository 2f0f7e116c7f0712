public import MartletBlocks
public import MartletCore
public import MartletStatistics

extension RDD where Element: DoubleConvertible {
    /// Count, mean, extremes, variance, skewness and kurtosis in one pass.
    ///
    ///     let numbers = context.parallelize([1.0, 2, 3, 6], partitions: 2)
    ///     let stats = try await numbers.stats()
    ///     stats.mean   // 3.0
    ///     stats.max    // 6.0
    ///
    /// Numbers of other types than `Double` are rounded to the nearest one.
    @inlinable @inline(__always)
    public func stats(file: String = #fileID, line: Int = #line) async throws -> Statistics {
        try await statistics("stats", CallSite(file: file, line: line))
    }

    @inlinable @inline(__always)
    func statistics(_ operation: String, _ site: CallSite) async throws -> Statistics {
        let kernel: FoldKernel<Statistics> = { raw, partial in
            let batch: Batch<Element> = raw.elements()
            partial.add(count: batch.count) { batch.base[$0].asDouble }
            batch.discard(from: 0)
        }
        let parts = try await foldPartitions(operation, site, from: Statistics(), kernel)
        return try merge(parts, into: Statistics(), operation, site) { $0.merge($1) }
    }

    /// The mean; NaN for an empty RDD.
    ///
    ///     try await context.parallelize([1.0, 2, 6], partitions: 2).mean()   // 3.0
    @inlinable @inline(__always)
    public func mean(file: String = #fileID, line: Int = #line) async throws -> Double {
        let statistics = try await statistics("mean", CallSite(file: file, line: line))
        return statistics.count > 0 ? statistics.mean : .nan
    }
}

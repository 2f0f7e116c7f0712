public import MartletCore
public import MartletStatistics

// Each method computes one statistic; `stats` computes all of them in one pass.
extension RDD where Element: DoubleConvertible {
    /// The mean of the squared distances from the mean, of the elements as the whole population; NaN for an empty RDD.
    ///
    ///     try await context.parallelize([1.0, 2, 3, 6], partitions: 2).variance()   // 3.5
    @inlinable @inline(__always)
    public func variance(file: String = #fileID, line: Int = #line) async throws -> Double {
        try await statistics("variance", CallSite(file: file, line: line)).variance
    }

    /// The same as `variance`: of the elements as the whole population; NaN for an empty RDD.
    ///
    ///     try await context.parallelize([1.0, 2, 3, 6], partitions: 2).popVariance()   // 3.5
    @inlinable @inline(__always)
    public func popVariance(file: String = #fileID, line: Int = #line) async throws -> Double {
        try await statistics("popVariance", CallSite(file: file, line: line)).variance
    }

    /// The variance of the population that the elements are a sample of: the squared distances from the mean, over one less
    /// than the count. NaN for fewer than two elements.
    ///
    ///     try await context.parallelize([1.0, 2, 3, 6], partitions: 2).sampleVariance()   // 4.666666666666667
    @inlinable @inline(__always)
    public func sampleVariance(file: String = #fileID, line: Int = #line) async throws -> Double {
        try await statistics("sampleVariance", CallSite(file: file, line: line)).sampleVariance
    }

    /// The root of `variance`; NaN for an empty RDD.
    ///
    ///     try await context.parallelize([1.0, 2, 3, 6], partitions: 2).stdev()   // 1.8708286933869707
    @inlinable @inline(__always)
    public func stdev(file: String = #fileID, line: Int = #line) async throws -> Double {
        try await statistics("stdev", CallSite(file: file, line: line)).standardDeviation
    }

    /// The same as `stdev`: the root of `popVariance`; NaN for an empty RDD.
    ///
    ///     try await context.parallelize([1.0, 2, 3, 6], partitions: 2).popStdev()   // 1.8708286933869707
    @inlinable @inline(__always)
    public func popStdev(file: String = #fileID, line: Int = #line) async throws -> Double {
        try await statistics("popStdev", CallSite(file: file, line: line)).standardDeviation
    }

    /// The root of `sampleVariance`; NaN for fewer than two elements.
    ///
    ///     try await context.parallelize([1.0, 2, 3, 6], partitions: 2).sampleStdev()   // 2.160246899469287
    @inlinable @inline(__always)
    public func sampleStdev(file: String = #fileID, line: Int = #line) async throws -> Double {
        try await statistics("sampleStdev", CallSite(file: file, line: line)).sampleStandardDeviation
    }
}

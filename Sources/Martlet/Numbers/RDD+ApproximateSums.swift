import MartletBlocks
package import MartletCore
public import MartletStatistics

extension RDD where Element == Double {
    /// The sum, as well as it is known at a deadline.
    ///
    ///     let sum = try await context.parallelize([1.5, 2, 3], partitions: 2).sumApprox(timeout: .seconds(60))
    ///     sum   // final: [6.500, 6.500]
    ///
    /// - Parameters:
    ///   - timeout: as in `countApprox`.
    ///   - confidence: the probability that the interval holds the true sum, from 0 to 1.
    /// - Throws: as `countApprox`.
    public func sumApprox(
        timeout: Duration, confidence: Double = 0.95, file: String = #fileID, line: Int = #line
    ) async throws -> PartialResult<BoundedDouble> {
        try await statsApprox(
            "sumApprox", CallSite(file: file, line: line), confidence, until: Self.deadline(after: timeout)
        ) { $0.sum($1) }
    }

    /// The mean, as well as it is known at a deadline; NaN for an empty RDD.
    ///
    ///     let mean = try await context.parallelize([1.0, 2, 6], partitions: 2).meanApprox(timeout: .seconds(60))
    ///     mean.initialValue   // [3.000, 3.000]
    ///
    /// - Parameters:
    ///   - timeout: as in `countApprox`.
    ///   - confidence: the probability that the interval holds the true mean, from 0 to 1.
    /// - Throws: as `countApprox`.
    public func meanApprox(
        timeout: Duration, confidence: Double = 0.95, file: String = #fileID, line: Int = #line
    ) async throws -> PartialResult<BoundedDouble> {
        try await statsApprox(
            "meanApprox", CallSite(file: file, line: line), confidence, until: Self.deadline(after: timeout)
        ) { $0.mean($1) }
    }

    package func statsApprox(
        _ operation: String, _ site: CallSite, _ confidence: Double,
        until deadline: @escaping @Sendable () async throws -> Void,
        evaluate: @escaping @Sendable (ConfidenceEstimates, [Statistics]) -> BoundedDouble
    ) async throws -> PartialResult<BoundedDouble> {
        try await approximate(
            operation, site, confidence, until: deadline, from: Statistics(), { raw, stats in
                raw.elements(Double.self).forEach { value in stats.add(value) }
            }, evaluate: evaluate)
    }
}

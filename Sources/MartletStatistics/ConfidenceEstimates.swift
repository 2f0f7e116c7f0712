/// Estimates of a whole from some of its partitions.
///
///     let estimates = ConfidenceEstimates(partitionCount: 2, confidence: 0.95)
///     estimates.count([10, 12])   // [22.000, 22.000]
///
/// Two models of chance give two intervals, and the result spans both. In the first, each element fell into a partition by
/// chance, as Spark assumes. In the second, the known partitions were chosen by chance, whatever they hold; this model
/// accounts for partitions that differ a lot, and needs two of them. Neither accounts for small partitions that finish
/// first.
///
///     let estimates = ConfidenceEstimates(partitionCount: 10, confidence: 0.95)
///     estimates.count([100, 110, 90, 100, 100]).mean   // 1000.0
///
/// - Source: Spark's `CountEvaluator`, `SumEvaluator` and `MeanEvaluator`; Cochran, "Sampling Techniques" (1977), 2.9,
///   6.8 and 9.
public struct ConfidenceEstimates: Sendable {
    /// Partitions of the whole.
    public let partitionCount: Int
    /// From 0 to 1.
    public let confidence: Double

    /// Estimates for one whole.
    ///
    /// - Parameters:
    ///   - partitionCount: partitions of the whole.
    ///   - confidence: from 0 to 1.
    public init(partitionCount: Int, confidence: Double) {
        precondition(confidence >= 0 && confidence <= 1, "a confidence is from 0 to 1")
        self.partitionCount = partitionCount
        self.confidence = confidence
    }

    /// Estimates the number of elements in all partitions from the known ones.
    ///
    ///     ConfidenceEstimates(partitionCount: 3, confidence: 0.95).count([10, 10, 10]).isExact   // true
    public func count(_ counts: [Int]) -> BoundedDouble {
        var known = KnownPartitions(counts.count, of: partitionCount)
        for count in counts { known.add(Double(count)) }
        return count(known, quantile: quantile(degrees: Double(known.count - 1)))
    }

    /// - Parameter quantile: of Student's t distribution, for the known partitions.
    func count(_ known: KnownPartitions, quantile: Double) -> BoundedDouble {
        if known.isComplete { return BoundedDouble(exactly: known.sum) }
        if known.count == 0 || known.sum == 0 { return BoundedDouble(mean: 0, confidence: 0, low: 0, high: .infinity) }
        func missing(_ p: Double) -> Double {
            ConfidenceQuantiles.failures(p, successes: known.sum, chance: known.fraction)
        }
        let mean = known.sum / known.fraction
        let half = known.totalDeviation > 0 ? quantile * known.totalDeviation : 0
        let low = min(known.sum + missing((1 - confidence) / 2), mean - half)
        let high = max(known.sum + missing((1 + confidence) / 2), mean + half)
        return BoundedDouble(mean: mean, confidence: confidence, low: max(known.sum, low), high: high)
    }

    /// Estimates the sum of all elements from the known partitions.
    ///
    ///     var part = Statistics()
    ///     for value in [1.0, 2, 3] { part.add(value) }
    ///     ConfidenceEstimates(partitionCount: 2, confidence: 0.95).sum([part]).mean   // 12.0
    public func sum(_ parts: [Statistics]) -> BoundedDouble {
        let all = merged(parts)
        if parts.count == partitionCount { return BoundedDouble(exactly: all.sum) }
        guard all.count > 0 else { return unknown(0) }
        var known = KnownPartitions(parts.count, of: partitionCount)
        for part in parts { known.add(part.sum) }
        let p = known.fraction
        let estimate = all.sum / p
        guard all.count > 1 else { return BoundedDouble(mean: estimate, confidence: confidence, low: -.infinity, high: .infinity) }
        // The rest is a varying number of elements, each of which varies, around an inexact mean.
        let rest = Double(all.count) * (1 - p) / p
        let restVariance = rest / p
        let meanVariance = all.sampleVariance / Double(all.count)
        let variance =
            all.mean * all.mean * restVariance + rest * rest * meanVariance + rest * all.sampleVariance
            + restVariance * meanVariance
        let half = max(
            halfWidth(variance.squareRoot(), degrees: Double(all.count - 1)),
            halfWidth(known.totalDeviation, degrees: Double(known.count - 1)))
        return BoundedDouble(mean: estimate, confidence: confidence, low: estimate - half, high: estimate + half)
    }

    /// Estimates the mean of all elements from the known partitions.
    ///
    ///     var part = Statistics()
    ///     for value in [1.0, 2, 3] { part.add(value) }
    ///     ConfidenceEstimates(partitionCount: 2, confidence: 0.95).mean([part]).mean   // 2.0
    public func mean(_ parts: [Statistics]) -> BoundedDouble {
        let all = merged(parts)
        if parts.count == partitionCount { return BoundedDouble(exactly: all.count > 0 ? all.mean : .nan) }
        guard all.count > 0 else { return unknown(.nan) }
        guard all.count > 1 else { return BoundedDouble(mean: all.mean, confidence: confidence, low: -.infinity, high: .infinity) }
        // The contribution of each partition to the mean; elements of small and large partitions have the same weight.
        var known = KnownPartitions(parts.count, of: partitionCount)
        for part in parts { known.add(Double(part.count) * ((part.count > 0 ? part.mean : 0) - all.mean)) }
        let averageCount = Double(all.count) / Double(parts.count)
        let deviation = (all.sampleVariance / Double(all.count) * (1 - known.fraction)).squareRoot()
        let half = max(
            halfWidth(deviation, degrees: Double(all.count - 1)),
            halfWidth(
                known.totalDeviation / Double(partitionCount) / averageCount, degrees: Double(known.count - 1)))
        return BoundedDouble(mean: all.mean, confidence: confidence, low: all.mean - half, high: all.mean + half)
    }

    private func merged(_ parts: [Statistics]) -> Statistics {
        parts.reduce(into: Statistics()) { $0.merge($1) }
    }

    private func unknown(_ mean: Double) -> BoundedDouble {
        BoundedDouble(mean: mean, confidence: 0, low: -.infinity, high: .infinity)
    }

    /// Half the interval around an estimate; 0 if its deviation is unknown.
    func halfWidth(_ deviation: Double, degrees: Double) -> Double {
        deviation > 0 ? quantile(degrees: degrees) * deviation : 0
    }

    /// How many deviations the interval extends to each side; 0 without degrees of freedom.
    func quantile(degrees: Double) -> Double {
        guard degrees > 0 else { return 0 }
        let p = (1 + confidence) / 2
        // Above a few hundred degrees, the two agree to three digits.
        return degrees > 300 ? ConfidenceQuantiles.normal(p) : ConfidenceQuantiles.student(p, degrees: degrees)
    }
}

/// The sum and the sum of squares of one number for each known partition.
struct KnownPartitions: Sendable, Hashable {
    /// The number of known partitions, and of all partitions.
    let count, total: Int
    private(set) var sum = 0.0
    private var squares = 0.0

    init(_ count: Int, of total: Int) { (self.count, self.total) = (count, total) }

    /// Partitions that are not added hold 0.
    mutating func add(_ value: Double) {
        sum += value
        squares += value * value
    }

    var isComplete: Bool { count == total }
    var fraction: Double { Double(count) / Double(total) }

    /// The deviation of the estimated sum of all partitions, if the known ones were chosen by chance.
    var totalDeviation: Double {
        guard count > 1 else { return 0 }
        let variance = max(0, squares - sum * sum / Double(count)) / Double(count - 1)
        return Double(total) * ((1 - fraction) * variance / Double(count)).squareRoot()
    }
}

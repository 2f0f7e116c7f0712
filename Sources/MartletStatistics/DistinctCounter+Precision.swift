import Glibc

extension DistinctCounter {
    /// The standard deviation of the estimate, relative to the true number.
    ///
    ///     DistinctCounter(precision: 14).relativeError   // 0.008125
    public var relativeError: Double { 1.04 / Double(1 << precision).squareRoot() }

    /// The precision for a relative error, as Spark takes it: `ceil(2 * log2(1.054 / relativeError))`, at least 4.
    ///
    ///     DistinctCounter.precision(relativeError: 0.05)   // 9
    ///
    /// - Parameter relativeError: above 0.000017.
    public static func precision(relativeError: Double) -> Int {
        precondition(relativeError > 0.000017, "a relative error is above 0.000017, not \(relativeError)")
        return Swift.max(4, Int((2 * log2(1.054 / Swift.min(relativeError, 1))).rounded(.up)))
    }

    /// Why the precisions are invalid; nil if they are valid.
    ///
    ///     DistinctCounter.problem(precision: 14, sparsePrecision: 25) == nil   // true
    public static func problem(precision: Int, sparsePrecision: Int) -> String? {
        if precision < 4 || precision > 32 { return "a precision is 4 to 32, not \(precision)" }
        if sparsePrecision != 0, sparsePrecision < precision || sparsePrecision > 32 {
            return "a sparse precision is 0, or \(precision) (the precision) to 32, not \(sparsePrecision)"
        }
        return nil
    }
}

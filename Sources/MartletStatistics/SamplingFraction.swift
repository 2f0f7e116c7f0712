import Glibc

/// The sampling fraction with which the sample has at least `count` of `total` elements, except in less than one case of
/// 10,000.
///
///     samplingFraction(for: 100, of: 100, withReplacement: false)   // 1.0
///
/// - Parameter withReplacement: elements are drawn a Poisson number of times instead of at most once.
/// - Source: Spark's `SamplingUtils.computeFractionForSampleSize`: a Chernoff bound for Bernoulli draws (Meng,
///   "Scalable simple random sampling and stratified sampling", 2013), multiples of the spread for Poisson draws.
public func samplingFraction(for count: Int, of total: Int, withReplacement: Bool) -> Double {
    precondition(count >= 0 && total > 0, "cannot draw \(count) of \(total)")
    let (count, total) = (Double(count), Double(total))
    if withReplacement {
        let deviations: Double = count < 6 ? 12 : count < 16 ? 9 : 6
        return Swift.max(count + deviations * count.squareRoot(), 1e-10) / total
    }
    let fraction = count / total
    let gamma = -log(1e-4) / total
    return Swift.min(1, Swift.max(1e-10, fraction + gamma + (gamma * gamma + 2 * gamma * fraction).squareRoot()))
}

import Glibc

/// Draws a count from likelihoods with a single peak: tries the most likely count first, then its neighbours on both sides,
/// each likelihood computed from the previous one.
///
/// - Complexity: O(spread of the counts) for each draw, in constant space; exact up to rounding.
/// - Source: inversion from the mode, as in Kemp, "Efficient generation of logarithmically distributed pseudo-random
///   variables" (1981) and Devroye, "Non-Uniform Random Variate Generation" (1986), III.2.
struct CountDraw {
    let mode: Double
    /// The likelihood of the mode.
    let peak: Double
    let lowest: Double
    /// Infinite where counts have no limit.
    let highest: Double

    /// - Parameter growth: the likelihood of `count + 1` over that of `count`.
    func draw(_ generator: inout SeededGenerator, growth: (_ count: Double) -> Double) -> Int {
        var left = generator.nextUnit() - peak
        if left < 0 { return Int(mode) }
        var (up, down) = (mode, mode)
        var (upLikelihood, downLikelihood) = (peak, peak)
        while upLikelihood > 0 || downLikelihood > 0 {
            upLikelihood = up < highest ? upLikelihood * growth(up) : 0
            up += 1
            left -= upLikelihood
            if left < 0 { return Int(up) }
            downLikelihood = down > lowest ? downLikelihood / growth(down - 1) : 0
            down -= 1
            left -= downLikelihood
            if left < 0 { return Int(down) }
        }
        // The likelihoods add up to 1, apart from rounding.
        return Int(mode)
    }
}

/// The logarithm of `count!`, by Stirling's series above 15.
func logFactorial(_ count: Double) -> Double {
    if count < 16 { return log(stride(from: 2, through: count, by: 1).reduce(1, *)) }
    let inverse = 1 / count
    let square = inverse * inverse
    let series = inverse * (1.0 / 12 - square * (1.0 / 360 - square * (1.0 / 1260 - square / 1680)))
    return count * log(count) - count + 0.5 * log(2 * Double.pi * count) + series
}

/// The logarithm of the number of ways to choose `part` of `whole`.
func logChoices(_ whole: Double, _ part: Double) -> Double {
    logFactorial(whole) - logFactorial(part) - logFactorial(whole - part)
}

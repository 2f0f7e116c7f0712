import Glibc

/// The regularised incomplete beta function: the probability that a beta variable stays below `x`.
///
/// - Source: the continued fraction of DiDonato and Morris, evaluated by Lentz's method, as in "Numerical Recipes" 6.4.
func regularisedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    let scale = logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x)
    // The fraction converges fast on one side of the mean.
    if x < (a + 1) / (a + b + 2) { return exp(scale) * betaFraction(x, a, b) / a }
    return 1 - exp(scale) * betaFraction(1 - x, b, a) / b
}

private func betaFraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    func nonzero(_ value: Double) -> Double { abs(value) < 1e-300 ? 1e-300 : value }
    var c = 1.0
    var d = 1 / nonzero(1 - (a + b) * x / (a + 1))
    var value = d
    for step in 1...10_000 {
        let m = Double(step)
        let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / nonzero(1 + even * d)
        c = nonzero(1 + even / c)
        value *= d * c
        let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / nonzero(1 + odd * d)
        c = nonzero(1 + odd / c)
        let change = d * c
        value *= change
        if abs(change - 1) < 1e-15 { break }
    }
    return value
}

/// The logarithm of the gamma function of a positive number. The C library's writes a global variable.
///
/// - Source: Lanczos's series with g = 7 and 9 terms; the relative error is about 1e-15.
func logGamma(_ x: Double) -> Double {
    if x < 0.5 { return log(.pi / sin(.pi * x)) - logGamma(1 - x) }
    let terms = [
        676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059, 12.507343278686905,
        -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
    ]
    let z = x - 1
    var sum = 0.99999999999980993
    for (index, term) in terms.enumerated() { sum += term / (z + Double(index + 1)) }
    let t = z + 7.5
    return 0.5 * log(2 * .pi) + (z + 0.5) * log(t) - t + log(sum)
}

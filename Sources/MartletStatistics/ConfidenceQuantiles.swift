import Glibc

/// Quantiles of the distributions that confidence intervals are computed from.
///
///     ConfidenceQuantiles.normal(0.975)   // 1.95996...
package enum ConfidenceQuantiles {
    /// The value that a standard normal variable stays below with probability `p`; infinite at 0 and 1.
    ///
    ///     ConfidenceQuantiles.normal(0.5)   // 0.0
    ///
    /// - Source: Wichura, "Algorithm AS 241" (1988); the relative error is about 1e-16.
    package static func normal(_ p: Double) -> Double {
        if !(p > 0 && p < 1) { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
        let q = p - 0.5
        if abs(q) <= 0.425 {
            let r = 0.180625 - q * q
            return q * ratio(r, Self.centre)
        }
        let r = (-log(q < 0 ? p : 1 - p)).squareRoot()
        let value = r <= 5 ? ratio(r - 1.6, Self.middle) : ratio(r - 5, Self.tail)
        return q < 0 ? -value : value
    }

    /// The value that a variable with Student's t distribution stays below with probability `p`; infinite at 0 and 1.
    ///
    ///     ConfidenceQuantiles.student(0.975, degrees: 10)   // 2.22813...
    ///
    /// - Parameter degrees: degrees of freedom, more than 0.
    /// - Complexity: a few evaluations of the distribution.
    package static func student(_ p: Double, degrees: Double) -> Double {
        if !(p > 0 && p < 1) { return p == 0 ? -.infinity : p == 1 ? .infinity : .nan }
        if p < 0.5 { return -student(1 - p, degrees: degrees) }
        if p == 0.5 { return 0 }
        // P(T > t) is half of the regularised incomplete beta function at degrees / (degrees + t^2).
        func tail(_ t: Double) -> Double { regularisedBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2 }
        let scale = logGamma((degrees + 1) / 2) - logGamma(degrees / 2) - 0.5 * log(degrees * .pi)
        func density(_ t: Double) -> Double { exp(scale - (degrees + 1) / 2 * log1p(t * t / degrees)) }
        // Newton's method from the normal distribution's quantile, kept between bounds.
        let z = normal(p)
        var t = z + (z * z * z + z) / (4 * degrees)
        var (low, high) = (0.0, Double.infinity)
        for _ in 0..<200 {
            let excess = tail(t) - (1 - p)
            if excess > 0 { low = t } else { high = t }
            var next = t + excess / density(t)
            if !(next > low && next < high) { next = high.isFinite ? (low + high) / 2 : 2 * t }
            let isNear = abs(next - t) <= 1e-14 * t
            t = next
            if isNear || low == high { break }
        }
        return t
    }

    /// The number of failures before success number `successes`, in trials that succeed with probability `chance`: the
    /// smallest number that is not exceeded with probability `p` (the Pascal distribution).
    ///
    ///     ConfidenceQuantiles.failures(0, successes: 10, chance: 0.5)   // 0.0
    ///
    /// - Parameter p: 0 gives 0, 1 gives infinity.
    /// - Complexity: a few dozen evaluations of the distribution; above 1000 successes a formula (Cornish and Fisher's
    ///   correction of the normal distribution), which is within a hundredth of a standard deviation.
    package static func failures(_ p: Double, successes: Double, chance: Double) -> Double {
        if p <= 0 || chance >= 1 { return 0 }
        if p >= 1 { return .infinity }
        let mean = successes * (1 - chance) / chance
        let deviation = (mean / chance).squareRoot()
        let z = normal(p)
        let skewness = (2 - chance) / (successes * (1 - chance)).squareRoot()
        let guess = max(0, (mean + deviation * (z + skewness * (z * z - 1) / 6)).rounded(.up))
        if successes > 1000 { return guess }
        func reaches(_ count: Double) -> Bool { regularisedBeta(chance, successes, count + 1) >= p }
        var step = max(1, (deviation / 8).rounded())
        var low = -1.0
        var high = guess
        if reaches(guess) {
            while high - step > low, reaches(high - step) { (high, step) = (high - step, step * 2) }
            low = max(low, high - step)
        } else {
            low = guess
            high = guess + step
            while !reaches(high) { (low, high, step) = (high, high + step * 2, step * 2) }
        }
        while high - low > 1 {
            let middle = ((low + high) / 2).rounded(.down)
            if reaches(middle) { high = middle } else { low = middle }
        }
        return high
    }

    private static func ratio(_ x: Double, _ polynomials: (over: [Double], under: [Double])) -> Double {
        func value(_ coefficients: [Double]) -> Double { coefficients.reversed().reduce(0) { $0 * x + $1 } }
        return value(polynomials.over) / value(polynomials.under)
    }

    private static let centre: (over: [Double], under: [Double]) = (
        [
            3.387132872796366608, 133.14166789178437745, 1971.5909503065514427, 13731.693765509461125,
            45921.953931549871457, 67265.770927008700853, 33430.575583588128105, 2509.0809287301226727,
        ],
        [
            1, 42.313330701600911252, 687.1870074920579083, 5394.1960214247511077, 21213.794301586595867,
            39307.89580009271061, 28729.085735721942674, 5226.495278852545925,
        ]
    )
    private static let middle: (over: [Double], under: [Double]) = (
        [
            1.42343711074968357734, 4.6303378461565452959, 5.7694972214606914055, 3.64784832476320460504,
            1.27045825245236838258, 0.24178072517745061177, 0.0227238449892691845833, 7.7454501427834140764e-4,
        ],
        [
            1, 2.05319162663775882187, 1.6763848301838038494, 0.68976733498510000455, 0.14810397642748007459,
            0.0151986665636164571966, 5.475938084995344946e-4, 1.05075007164441684324e-9,
        ]
    )
    private static let tail: (over: [Double], under: [Double]) = (
        [
            6.6579046435011037772, 5.4637849111641143699, 1.7848265399172913358, 0.29656057182850489123,
            0.026532189526576123093, 0.0012426609473880784386, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
        ],
        [
            1, 0.59983220655588793769, 0.13692988092273580531, 0.0148753612908506148525, 7.868691311456132591e-4,
            1.8463183175100546818e-5, 1.4215117583164458887e-7, 2.04426310338993978564e-15,
        ]
    )
}

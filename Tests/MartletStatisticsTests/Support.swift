import Glibc
import MartletStatistics

/// The number of seeded runs of a test; `MARTLET_NIGHTLY=n` makes each run `n` times as large, up to 20.
let runs = 1000

/// The factor of nightly runs.
let scale = getenv("MARTLET_NIGHTLY").flatMap { Int(String(cString: $0)) }.map { min($0, 20) } ?? 1

/// Mean and variance of a number in seeded runs.
func moments(_ runs: Int = runs, _ number: (_ seed: Int) -> Int) -> Statistics {
    var statistics = Statistics()
    for seed in 0..<runs { statistics.add(Double(number(seed))) }
    return statistics
}

extension Statistics {
    /// Whether the mean is within five standard errors of the expected one, and the variance within `tolerance` of the
    /// expected one.
    func agree(mean: Double, variance: Double, tolerance: Double = 0.3) -> Bool {
        let isNear = abs(self.mean - mean) <= 5 * (variance / Double(count)).squareRoot() + 1e-9
        return isNear && abs(self.variance - variance) <= tolerance * variance + 1e-9
    }
}

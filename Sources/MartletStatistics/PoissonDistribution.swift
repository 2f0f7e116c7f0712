import Glibc

/// The number of occurrences of independent events that happen `mean` times on average.
///
///     var generator = SeededGenerator(seed: 7)
///     PoissonDistribution(mean: 0).draw(&generator)   // 0
public struct PoissonDistribution: Sendable {
    /// The average number of occurrences.
    public let mean: Double
    private let counts: CountDraw

    /// - Parameter mean: 0 or more, and finite.
    /// - Complexity: a draw takes O(√mean).
    public init(mean: Double) {
        precondition(mean >= 0 && mean.isFinite, "the mean of counts is 0 or more, not \(mean)")
        self.mean = mean
        let mode = mean.rounded(.down)
        let peak = mode == 0 ? exp(-mean) : exp(mode * log(mean) - mean - logFactorial(mode))
        counts = CountDraw(mode: mode, peak: peak, lowest: 0, highest: .infinity)
    }

    /// Draws the number of occurrences.
    public func draw(_ generator: inout SeededGenerator) -> Int {
        counts.draw(&generator) { mean / ($0 + 1) }
    }

    /// A draw that is known not to be 0.
    func drawPositive(_ generator: inout SeededGenerator) -> Int {
        var likelihood = mean / expm1(mean)
        var left = generator.nextUnit() - likelihood
        var count = 1
        while left >= 0, likelihood > 0 {
            count += 1
            likelihood *= mean / Double(count)
            left -= likelihood
        }
        return count
    }
}

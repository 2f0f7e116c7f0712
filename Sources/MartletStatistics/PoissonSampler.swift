/// Decides for one element after the other how often it is in a sample with replacement: a Poisson number of times,
/// independent of the others.
///
///     var sampler = PoissonSampler(fraction: 0, generator: SeededGenerator(seed: 7, partition: 0))
///     (0..<4).map { _ in sampler.nextCount() }   // [0, 0, 0, 0]
@frozen
public struct PoissonSampler: Sendable {
    /// How many elements to pass over before the next one that may be in the sample.
    public var gap = 0
    @usableFromInline let distribution: PoissonDistribution
    @usableFromInline let usesGaps: Bool
    @usableFromInline var generator: SeededGenerator

    /// Below this fraction, the sampler also draws gaps, so that most elements are skipped without a draw.
    public static let largestGapFraction = 0.4

    /// The largest fraction: the average number of copies of each element.
    public static let largestFraction = Double(Int32.max)

    /// - Parameter fraction: the expected number of copies of each element, from 0 to `largestFraction`.
    public init(fraction: Double, generator: SeededGenerator) {
        precondition(fraction <= Self.largestFraction, "a fraction is 0 to \(Self.largestFraction), not \(fraction)")
        distribution = PoissonDistribution(mean: fraction)
        usesGaps = fraction < Self.largestGapFraction
        self.generator = generator
        if usesGaps { gap = self.generator.nextGap(logMiss: -fraction) }
    }

    /// How often the next element is in the sample.
    @inlinable @inline(__always)
    public mutating func nextCount() -> Int {
        if gap > 0 {
            gap -= 1
            return 0
        }
        return nextCountAfterGap()
    }

    /// How often the element after the gap is in the sample; draws the next gap.
    public mutating func nextCountAfterGap() -> Int {
        guard usesGaps else { return distribution.draw(&generator) }
        let count = distribution.drawPositive(&generator)
        gap = generator.nextGap(logMiss: -distribution.mean)
        return count
    }
}

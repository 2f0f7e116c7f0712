import Glibc

/// Decides for one element after the other whether it is in a sample: each with the same probability, independent of
/// the others.
///
/// Where few elements are wanted, it draws how many to pass over instead of one number for each element.
///
///     var sampler = BernoulliSampler(fraction: 1, generator: SeededGenerator(seed: 7, partition: 0))
///     (0..<4).map { _ in sampler.isIncluded() }   // [true, true, true, true]
@frozen
public struct BernoulliSampler: Sendable {
    /// The sampler draws gaps, and `gap` is valid. Otherwise call `isInCell` for each element.
    public let usesGaps: Bool
    /// How many elements to pass over before the next one of the sample.
    public var gap: Int
    /// The cell, in units of 2^-53.
    @usableFromInline let lower: UInt64
    @usableFromInline let width: UInt64
    /// The logarithm of the probability that an element is not in the sample.
    @usableFromInline let logMiss: Double
    @usableFromInline var generator: SeededGenerator

    /// Below this fraction, drawing a gap for each wanted element is faster than drawing a number for every element.
    public static let largestGapFraction = 0.1

    /// - Parameter fraction: the probability of each element, from 0 to 1.
    public init(fraction: Double, generator: SeededGenerator) {
        precondition(fraction >= 0 && fraction <= 1, "a fraction is 0 to 1, not \(fraction)")
        self.generator = generator
        usesGaps = fraction < Self.largestGapFraction
        logMiss = log1p(-fraction)
        lower = 0
        width = Self.units(fraction)
        gap = 0
        if usesGaps { gap = nextGap() }
    }

    /// The elements whose random number is in `cell`: samplers with neighbouring cells and the same generator divide the
    /// elements among them, each to one sampler.
    ///
    /// - Parameter cell: a part of 0 to 1.
    public init(cell: Range<Double>, generator: SeededGenerator) {
        precondition(cell.lowerBound >= 0 && cell.upperBound <= 1, "a cell lies in 0 to 1, unlike \(cell)")
        self.generator = generator
        usesGaps = false
        logMiss = 0
        lower = Self.units(cell.lowerBound)
        width = Self.units(cell.upperBound) - lower
        gap = 0
    }

    private static func units(_ share: Double) -> UInt64 { UInt64((share * 0x1p53).rounded(.up)) }

    /// Whether the next element is in the sample.
    public mutating func isIncluded() -> Bool {
        guard usesGaps else { return isInCell() }
        if gap > 0 {
            gap -= 1
            return false
        }
        gap = nextGap()
        return true
    }

    /// Whether the next element is in the sample, for a sampler that does not draw gaps.
    @inlinable @inline(__always)
    public mutating func isInCell() -> Bool { generator.next() &>> 11 &- lower < width }

    /// Draws the number of elements to skip after an element of the sample.
    public mutating func nextGap() -> Int { generator.nextGap(logMiss: logMiss) }
}

extension SeededGenerator {
    /// The length of a series of misses, given the logarithm of the probability of one miss.
    mutating func nextGap(logMiss: Double) -> Int {
        guard logMiss < 0 else { return .max }
        let gap = log(nextPositiveUnit()) / logMiss
        return gap < 0x1p62 ? Int(gap) : .max
    }
}

/// Count, mean, extremes, variance, skewness and kurtosis of numbers, from one pass; parts can be merged.
///
///     var numbers = Statistics()
///     for number in [1.0, 2, 3, 6] { numbers.add(number) }
///     numbers.mean       // 3.0
///     numbers.variance   // 3.5
///     numbers.skewness   // 0.6872431934890912
///
/// If any number is NaN, every result but the count is NaN.
///
/// - Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979);
///   Pébay, "Formulas for robust, one-pass parallel computation of covariances and arbitrary-order statistical moments"
///   (2008).
@frozen
public struct Statistics: Sendable, Equatable {
    @usableFromInline var numbers = 0
    @usableFromInline var average = 0.0
    @usableFromInline var smallest = Double.infinity
    @usableFromInline var largest = -Double.infinity
    /// The sums of the second, third and fourth powers of the distances from the mean.
    @usableFromInline var squares = 0.0
    @usableFromInline var cubes = 0.0
    @usableFromInline var fourths = 0.0

    /// Statistics without numbers.
    @inlinable
    public init() {}

    /// Adds one number.
    @inlinable
    public mutating func add(_ value: Double) {
        let before = Double(numbers)
        numbers &+= 1
        let count = before + 1
        let distance = value - average
        let step = distance / count
        let growth = distance * step * before
        average += step
        fourths += step * (step * (growth * (count * count - 3 * count + 3) + 6 * squares) - 4 * cubes)
        cubes += step * (growth * (count - 2) - 3 * squares)
        squares += growth
        smallest = value < smallest || value.isNaN ? value : smallest
        largest = value > largest || value.isNaN ? value : largest
    }

    /// Adds the numbers of another part.
    ///
    ///     var (left, right) = (Statistics(), Statistics())
    ///     left.add(1)
    ///     right.add(3)
    ///     left.merge(right)
    ///     left.mean   // 2.0
    @inlinable
    public mutating func merge(_ other: Statistics) {
        guard other.numbers > 0 else { return }
        guard numbers > 0 else {
            self = other
            return
        }
        let (mine, others) = (Double(numbers), Double(other.numbers))
        let total = mine + others
        let step = (other.average - average) / total
        let product = mine * others
        fourths += other.fourths
            + step * (step * (step * step * product * total * (mine * mine - product + others * others)
                + 6 * (mine * mine * other.squares + others * others * squares))
                + 4 * (mine * other.cubes - others * cubes))
        cubes += other.cubes
            + step * (step * step * product * total * (mine - others) + 3 * (mine * other.squares - others * squares))
        squares += other.squares + step * step * product * total
        average += step * others
        numbers &+= other.numbers
        smallest = other.smallest < smallest || other.smallest.isNaN ? other.smallest : smallest
        largest = other.largest > largest || other.largest.isNaN ? other.largest : largest
    }
}

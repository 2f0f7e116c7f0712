/// Count, mean, variance, extremes of numbers, from one pass; parts can be merged.
///
/// - Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979).
public struct Statistics: Sendable, Equatable, CustomStringConvertible {
    public private(set) var count = 0
    /// 0 where there are no numbers.
    public private(set) var mean = 0.0
    /// Infinite where there are no numbers.
    public private(set) var min = Double.infinity
    /// Minus infinity where there are no numbers.
    public private(set) var max = -Double.infinity
    /// The sum of the squared distances from the mean.
    private var squares = 0.0

    public init() {}

    public mutating func add(_ value: Double) {
        count += 1
        let distance = value - mean
        mean += distance / Double(count)
        squares += distance * (value - mean)
        min = value < min || value.isNaN ? value : min
        max = value > max || value.isNaN ? value : max
    }

    public mutating func merge(_ other: Statistics) {
        guard other.count > 0 else { return }
        guard count > 0 else {
            self = other
            return
        }
        let distance = other.mean - mean
        let total = count + other.count
        squares += other.squares + distance * distance * Double(count) * Double(other.count) / Double(total)
        mean += distance * Double(other.count) / Double(total)
        count = total
        min = other.min < min || other.min.isNaN ? other.min : min
        max = other.max > max || other.max.isNaN ? other.max : max
    }

    public var sum: Double { mean * Double(count) }
    /// Of the numbers as the whole population; NaN where there are none.
    public var variance: Double { count > 0 ? squares / Double(count) : .nan }
    /// Of the numbers as a sample of a population; NaN where there are fewer than two.
    public var sampleVariance: Double { count > 1 ? squares / Double(count - 1) : .nan }
    public var standardDeviation: Double { variance.squareRoot() }
    public var sampleStandardDeviation: Double { sampleVariance.squareRoot() }

    public var description: String {
        "(count: \(count), mean: \(mean), stdev: \(standardDeviation), max: \(max), min: \(min))"
    }
}

extension Statistics: CustomStringConvertible {
    /// How many numbers have been added.
    public var count: Int { numbers }
    /// 0 without numbers.
    public var mean: Double { average }
    /// Infinite without numbers.
    public var min: Double { smallest }
    /// Minus infinity without numbers.
    public var max: Double { largest }
    /// Mean times count.
    public var sum: Double { average * Double(numbers) }

    /// The mean of the squared distances from the mean, for the numbers as the whole population. NaN without numbers.
    public var variance: Double { numbers > 0 ? squares / Double(numbers) : .nan }
    /// The variance of the numbers as a sample of a population: divided by one less than the count. NaN for fewer than two
    /// numbers.
    public var sampleVariance: Double { numbers > 1 ? squares / Double(numbers - 1) : .nan }
    /// The same as `variance`.
    public var popVariance: Double { variance }
    /// The root of `variance`, under the name that Spark gives it.
    public var stdev: Double { standardDeviation }
    /// The same as `stdev`.
    public var popStdev: Double { standardDeviation }
    /// The root of `sampleVariance`.
    public var sampleStdev: Double { sampleStandardDeviation }
    /// The root of `variance`.
    public var standardDeviation: Double { variance.squareRoot() }
    /// The root of `sampleVariance`.
    public var sampleStandardDeviation: Double { sampleVariance.squareRoot() }

    /// The asymmetry of the numbers: 0 if they are symmetric, positive if the long tail is on the side of large numbers.
    /// For the numbers as the whole population; NaN if all are equal.
    ///
    ///     var numbers = Statistics()
    ///     for number in [1.0, 2, 3] { numbers.add(number) }
    ///     numbers.skewness   // 0.0
    public var skewness: Double {
        Double(numbers).squareRoot() * cubes / (squares * squares.squareRoot())
    }

    /// The weight of the tails, as excess over the normal distribution's, which is 0; the minimum is -2, for a fair coin.
    /// For the numbers as the whole population; NaN if all are equal.
    ///
    ///     var tosses = Statistics()
    ///     for toss in [0.0, 1, 0, 1] { tosses.add(toss) }
    ///     tosses.kurtosis   // -2.0
    public var kurtosis: Double { Double(numbers) * fourths / (squares * squares) - 3 }

    public var description: String {
        "(count: \(count), mean: \(mean), stdev: \(standardDeviation), max: \(max), min: \(min))"
    }
}

extension Statistics: CustomStringConvertible {
    /// How many numbers there are.
    public var count: Int { numbers }
    /// 0 where there are no numbers.
    public var mean: Double { average }
    /// Infinite where there are no numbers.
    public var min: Double { smallest }
    /// Minus infinity where there are no numbers.
    public var max: Double { largest }
    /// Mean times count.
    public var sum: Double { average * Double(numbers) }

    /// The mean of the squared distances from the mean: of the numbers as the whole population. NaN where there are
    /// none.
    public var variance: Double { numbers > 0 ? squares / Double(numbers) : .nan }
    /// Of the numbers as a sample of a population: divided by one less than the count. NaN where there are fewer than
    /// two.
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

    /// How far the numbers lean to one side: 0 where they are symmetric, positive where the long tail is that of the
    /// large numbers. Of the numbers as the whole population; NaN where all are equal.
    ///
    ///     var numbers = Statistics()
    ///     for number in [1.0, 2, 3] { numbers.add(number) }
    ///     numbers.skewness   // 0.0
    public var skewness: Double {
        Double(numbers).squareRoot() * cubes / (squares * squares.squareRoot())
    }

    /// How heavy the tails are, as excess over the normal distribution's, which is 0; a fair coin's is -2, the least
    /// there is. Of the numbers as the whole population; NaN where all are equal.
    ///
    ///     var tosses = Statistics()
    ///     for toss in [0.0, 1, 0, 1] { tosses.add(toss) }
    ///     tosses.kurtosis   // -2.0
    public var kurtosis: Double { Double(numbers) * fourths / (squares * squares) - 3 }

    public var description: String {
        "(count: \(count), mean: \(mean), stdev: \(standardDeviation), max: \(max), min: \(min))"
    }
}

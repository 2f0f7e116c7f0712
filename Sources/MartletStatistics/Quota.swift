/// An exact sample in one pass: how many elements remain to be drawn, of how many that remain.
///
/// With and without replacement, every sample of the size is as likely as every other.
///
///     var (quota, generator) = (Quota(count: 2, population: 2), SeededGenerator(seed: 7))
///     quota.drawsNext(&generator)   // true
///
/// - Source: without replacement, algorithm S of Knuth, "The Art of Computer Programming" 3.4.2 (Fan, Muller and
///   Rezucha, 1962).
public struct Quota: Sendable, Equatable {
    /// The number of elements that remain to be drawn.
    public private(set) var count: Int
    /// The number of elements that remain.
    public private(set) var population: Int

    /// - Parameter count: at most `population` for a sample without replacement.
    public init(count: Int, population: Int) {
        precondition(count >= 0 && population >= 0, "cannot draw \(count) of \(population)")
        self.count = count
        self.population = population
    }

    /// Whether the next element is drawn, without replacement. False for elements beyond the population.
    public mutating func drawsNext(_ generator: inout SeededGenerator) -> Bool {
        guard count > 0, population > 0 else { return false }
        let isDrawn = Int(generator.next(upperBound: UInt64(population))) < count
        population -= 1
        if isDrawn { count -= 1 }
        return isDrawn
    }

    /// How often the next element is drawn, with replacement. 0 for elements beyond the population.
    ///
    ///     var (quota, generator) = (Quota(count: 3, population: 1), SeededGenerator(seed: 7))
    ///     quota.drawsOfNext(&generator)   // 3
    public mutating func drawsOfNext(_ generator: inout SeededGenerator) -> Int {
        guard count > 0, population > 0 else { return 0 }
        let draws = generator.nextBinomial(trials: count, probability: 1 / Double(population))
        population -= 1
        count -= draws
        return draws
    }

    /// Divides the quota among the parts of the population by random draws.
    ///
    ///     var generator = SeededGenerator(seed: 7)
    ///     let quotas = Quota(count: 5, population: 30).split([10, 20], withReplacement: false, &generator)
    ///     quotas.reduce(0) { $0 + $1.count }   // 5
    public func split(_ parts: [Int], withReplacement: Bool, _ generator: inout SeededGenerator) -> [Quota] {
        precondition(parts.reduce(0, +) == population, "the parts are not the population")
        var (count, population) = (count, population)
        return parts.map { part in
            guard population > 0 else { return Quota(count: 0, population: part) }
            let draws = withReplacement
                ? generator.nextBinomial(trials: count, probability: Double(part) / Double(population))
                : generator.nextHypergeometric(drawn: count, marked: part, total: population)
            count -= draws
            population -= part
            return Quota(count: draws, population: part)
        }
    }
}

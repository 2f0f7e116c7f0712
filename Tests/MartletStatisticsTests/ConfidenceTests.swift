import MartletStatistics
import Testing

/// Quantiles against published tables and sums of probabilities.
@Suite struct ConfidenceQuantileTests {
    @Test(arguments: [
        (0.5, 0.0), (0.975, 1.959963984540054), (0.9, 1.2815515655446004), (0.999, 3.090232306167813),
        (1e-10, -6.361340902404056), (0.025, -1.959963984540054), (0.07, -1.4757910281791706),
    ])
    func normal(_ p: Double, _ expected: Double) {
        #expect(abs(ConfidenceQuantiles.normal(p) - expected) < 1e-12)
    }

    @Test(arguments: [
        (0.975, 1.0, 12.706204736432095), (0.975, 2, 4.302652729696142), (0.975, 10, 2.2281388519649385),
        (0.975, 100, 1.983971518523552), (0.9, 3, 1.6377443536962102), (0.025, 10, -2.2281388519649385),
        (0.5, 7, 0), (0.9995, 4, 8.610301581379), (0.6, 1, 0.3249196962329063),
    ])
    func student(_ p: Double, _ degrees: Double, _ expected: Double) {
        let value = ConfidenceQuantiles.student(p, degrees: degrees)
        #expect(abs(value - expected) < 1e-9 * max(1, abs(expected)), "\(value)")
    }

    @Test func theEnds() {
        for quantile in [ConfidenceQuantiles.normal, { ConfidenceQuantiles.student($0, degrees: 5) }] {
            #expect(quantile(0) == -.infinity && quantile(1) == .infinity)
            #expect(quantile(-0.1).isNaN && quantile(1.1).isNaN && quantile(.nan).isNaN)
        }
        #expect(ConfidenceQuantiles.failures(0, successes: 5, chance: 0.5) == 0)
        #expect(ConfidenceQuantiles.failures(1, successes: 5, chance: 0.5) == .infinity)
        #expect(ConfidenceQuantiles.failures(0.5, successes: 5, chance: 1) == 0)
    }

    @Test func manyDegreesAreNearlyNormal() {
        for p in [0.6, 0.9, 0.99, 0.9999] {
            let (student, normal) = (ConfidenceQuantiles.student(p, degrees: 1e6), ConfidenceQuantiles.normal(p))
            #expect(abs(student - normal) < 1e-4)
        }
    }

    @Test(arguments: [1.0, 2, 7, 40, 400], [0.02, 0.1, 0.5, 0.9, 0.99])
    func failures(_ successes: Double, _ chance: Double) {
        // Adds up the probabilities, scaled by the first one, which may be too small for a number.
        var (probability, sum, count) = (1.0, 1.0, 0.0)
        var cumulative: [Double] = [1]
        let limit = successes * (1 - chance) / chance * 6 + 60 / chance
        while count < limit {
            count += 1
            probability *= (successes + count - 1) / count * (1 - chance)
            sum += probability
            if sum > 1e200 {
                (sum, probability) = (sum / 1e200, probability / 1e200)
                cumulative = cumulative.map { $0 / 1e200 }
            }
            cumulative.append(sum)
        }
        for p in [0.005, 0.025, 0.3, 0.5, 0.9, 0.975, 0.999] {
            let expected = cumulative.firstIndex { $0 / sum >= p } ?? -1
            let value = Int(ConfidenceQuantiles.failures(p, successes: successes, chance: chance))
            // Where the distribution equals p exactly, rounding decides.
            let isTie = abs(cumulative[min(value, expected)] / sum - p) < 1e-9
            #expect(value == expected || isTie && abs(value - expected) == 1, "\(value) for \(expected) at \(p)")
        }
    }

    /// The formula for many successes against the search for few.
    @Test func theFormulaMeetsTheSearch() {
        for chance in [0.05, 0.5, 0.95] {
            for p in [0.025, 0.5, 0.975] {
                let below = ConfidenceQuantiles.failures(p, successes: 1000, chance: chance)
                let above = ConfidenceQuantiles.failures(p, successes: 1001, chance: chance)
                let deviation = (1000 * (1 - chance)).squareRoot() / chance
                #expect(abs(above - below) < 1 + (1 - chance) / chance + deviation / 50, "\(below) \(above)")
            }
        }
    }
}

/// Intervals of partial results in 1,000 seeded runs: they contain the true value at least about as often as stated.
@Suite struct ConfidenceCoverageTests {
    /// One whole, in partitions.
    struct Whole {
        var partitions: [[Double]]
        var count: Int { partitions.reduce(0) { $0 + $1.count } }
        var sum: Double { partitions.reduce(0) { $0 + $1.reduce(0, +) } }
    }

    static let shapes: [(String, @Sendable (inout SeededGenerator) -> Whole)] = [
        ("elements fall by chance", { random in
            var whole = Whole(partitions: Array(repeating: [], count: 20))
            for _ in 0..<Int.random(in: 300...600, using: &random) {
                whole.partitions[Int.random(in: 0..<20, using: &random)].append(Double.random(in: -5...20, using: &random))
            }
            return whole
        }),
        ("few elements", { random in
            var whole = Whole(partitions: Array(repeating: [], count: 8))
            for _ in 0..<Int.random(in: 20...40, using: &random) {
                whole.partitions[Int.random(in: 0..<8, using: &random)].append(Double.random(in: 0...1, using: &random))
            }
            return whole
        }),
        ("partitions of different sizes", { random in
            Whole(partitions: (0..<30).map { _ in
                (0..<Int.random(in: 5...60, using: &random)).map { _ in Double.random(in: 0...3, using: &random) }
            })
        }),
        ("partitions of different values", { random in
            Whole(partitions: (0..<24).map { _ in
                let centre = Double.random(in: 0...100, using: &random)
                return (0..<20).map { _ in centre + Double.random(in: -1...1, using: &random) }
            })
        }),
    ]

    @Test(arguments: shapes.indices, [0.5, 0.8, 0.95])
    func coverage(_ shape: Int, _ confidence: Double) {
        var held = (count: 0, sum: 0, mean: 0, group: 0)
        let runs = 1000
        for seed in 0..<runs {
            var random = SeededGenerator(seed: seed, partition: shape)
            let whole = Self.shapes[shape].1(&random)
            let shuffled = whole.partitions.shuffled(using: &random)
            let known = Array(shuffled.prefix(Int.random(in: 4..<shuffled.count, using: &random)))
            let estimates = ConfidenceEstimates(partitionCount: shuffled.count, confidence: confidence)
            let stats = known.map { part in part.reduce(into: Statistics()) { $0.add($1) } }
            func holds(_ bound: BoundedDouble, _ truth: Double) -> Int {
                bound.low <= truth && truth <= bound.high ? 1 : 0
            }
            held.count += holds(estimates.count(known.map(\.count)), Double(whole.count))
            held.sum += holds(estimates.sum(stats), whole.sum)
            held.mean += holds(estimates.mean(stats), whole.sum / Double(whole.count))
            func groups(_ part: [Double]) -> [Int: Int] { [0: part.count { $0 > 1 }] }
            let truth = whole.partitions.reduce(0) { $0 + $1.count { $0 > 1 } }
            let group = estimates.counts(known.map(groups))[0] ?? BoundedDouble(exactly: 0)
            held.group += holds(group, Double(truth))
        }
        // Three deviations of the number of hits.
        let least = Double(runs) * confidence - 3 * (Double(runs) * confidence * (1 - confidence)).squareRoot()
        let name = Self.shapes[shape].0
        #expect(Double(held.count) >= least, "count, \(name): \(held.count)")
        #expect(Double(held.sum) >= least, "sum, \(name): \(held.sum)")
        #expect(Double(held.mean) >= least, "mean, \(name): \(held.mean)")
        #expect(Double(held.group) >= least, "group, \(name): \(held.group)")
    }

    /// If chance follows the model, the interval is not much wider than necessary.
    @Test func intervalsAreNoWiderThanTheyNeedToBe() {
        let estimates = ConfidenceEstimates(partitionCount: 100, confidence: 0.95)
        let count = estimates.count(Array(repeating: 100, count: 50))
        // A binomial number of 10,000 with chance 1/2 has a deviation of 50, so twice such a number has 100.
        #expect(count.mean == 10_000 && abs(count.low - 9804) < 10 && abs(count.high - 10_196) < 10, "\(count)")
        #expect(ConfidenceEstimates(partitionCount: 100, confidence: 0).count(Array(repeating: 100, count: 50)).high <= 10_001)
    }

    @Test func whatIsCompleteIsExact() {
        for seed in 0..<100 {
            var random = SeededGenerator(seed: seed)
            let parts = (0..<5).map { _ in (0..<Int.random(in: 0...9, using: &random)).map { _ in Double.random(in: 0...1, using: &random) } }
            let stats = parts.map { part in part.reduce(into: Statistics()) { $0.add($1) } }
            let all = stats.reduce(into: Statistics()) { $0.merge($1) }
            let estimates = ConfidenceEstimates(partitionCount: 5, confidence: 0.9)
            #expect(estimates.count(parts.map(\.count)) == BoundedDouble(exactly: Double(all.count)))
            #expect(estimates.sum(stats) == BoundedDouble(exactly: all.sum))
            #expect(estimates.mean(stats) == BoundedDouble(exactly: all.mean) || all.count == 0)
            #expect(estimates.counts(parts.map { ["x": $0.count] }) == ["x": BoundedDouble(exactly: Double(all.count))])
        }
    }

    @Test func edges() {
        let estimates = ConfidenceEstimates(partitionCount: 4, confidence: 0.95)
        let unknown = BoundedDouble(mean: 0, confidence: 0, low: -.infinity, high: .infinity)
        #expect(estimates.count([]) == BoundedDouble(mean: 0, confidence: 0, low: 0, high: .infinity))
        #expect(estimates.count([0, 0]) == BoundedDouble(mean: 0, confidence: 0, low: 0, high: .infinity))
        #expect(estimates.sum([]) == unknown && estimates.sum([Statistics()]) == unknown)
        #expect(estimates.mean([]).mean.isNaN && estimates.mean([]).confidence == 0)
        var one = Statistics()
        one.add(3)
        #expect(estimates.sum([one]) == BoundedDouble(mean: 12, confidence: 0.95, low: -.infinity, high: .infinity))
        #expect(estimates.mean([one]) == BoundedDouble(mean: 3, confidence: 0.95, low: -.infinity, high: .infinity))
        let nothing = ConfidenceEstimates(partitionCount: 0, confidence: 0.95)
        #expect(nothing.count([]) == BoundedDouble(exactly: 0) && nothing.sum([]) == BoundedDouble(exactly: 0))
        #expect(nothing.counts([[Int: Int]]()) == [:])
        let certain = ConfidenceEstimates(partitionCount: 4, confidence: 1).count([5, 6])
        #expect(certain.low == 11 && certain.high == .infinity)
        let median = ConfidenceEstimates(partitionCount: 4, confidence: 0).count([5, 5])
        #expect(median.low <= 20 && median.high >= 18 && median.high - median.low <= 3, "\(median)")
    }

    @Test func large() {
        let estimates = ConfidenceEstimates(partitionCount: 10_000, confidence: 0.95)
        let count = estimates.count(Array(repeating: 1_000_000_000, count: 3))
        #expect(count.low > 9.9e12 && count.high < 1.01e13, "\(count)")
    }

    @Test(arguments: [
        (BoundedDouble(exactly: 3), "[3.000, 3.000]"),
        (BoundedDouble(mean: 0, confidence: 0, low: -.infinity, high: .infinity), "[-inf, inf]"),
        (BoundedDouble(mean: 1, confidence: 0.9, low: -0.0004, high: 1.9996), "[0.000, 2.000]"),
        (BoundedDouble(mean: 1, confidence: 0.9, low: -12.3456, high: 1e20), "[-12.346, 1e+20]"),
        (BoundedDouble(mean: .nan, confidence: 0, low: .nan, high: 0.05), "[nan, 0.050]"),
    ])
    func texts(_ value: BoundedDouble, _ text: String) { #expect(value.description == text) }
}

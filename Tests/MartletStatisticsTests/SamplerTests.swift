import MartletStatistics
import Testing

@Suite struct SamplerTests {
    private func generator(_ seed: Int) -> SeededGenerator { SeededGenerator(seed: seed, partition: 3) }

    @Test(arguments: [0, 1e-12, 0.002, 0.05, 0.0999, 0.1, 0.3, 0.5, 0.95, 1])
    func bernoulliSizes(_ fraction: Double) {
        let sizes = moments { seed in
            var sampler = BernoulliSampler(fraction: fraction, generator: generator(seed))
            return (0..<500).count { _ in sampler.isIncluded() }
        }
        #expect(sizes.agree(mean: 500 * fraction, variance: 500 * fraction * (1 - fraction)), "\(sizes)")
    }

    @Test(arguments: [0.09, 0.5])
    func neighboursAreIndependent(_ fraction: Double) {
        var sampler = BernoulliSampler(fraction: fraction, generator: generator(1))
        let picks = (0..<100_000).map { _ in sampler.isIncluded() }
        let pairs = Double(zip(picks, picks.dropFirst()).count { $0 && $1 })
        #expect(abs(pairs - 100_000 * fraction * fraction) < 500)
    }

    @Test(arguments: [0, 1e-12, 0.002, 0.05, 0.39, 0.4, 1, 3.5, 40])
    func poissonSizes(_ fraction: Double) {
        let sizes = moments { seed in
            var sampler = PoissonSampler(fraction: fraction, generator: generator(seed))
            return (0..<200).reduce(0) { sum, _ in sum + sampler.nextCount() }
        }
        #expect(sizes.agree(mean: 200 * fraction, variance: 200 * fraction), "\(sizes)")
    }

    @Test(arguments: [0.3, 2.5])
    func poissonCounts(_ fraction: Double) {
        var sampler = PoissonSampler(fraction: fraction, generator: generator(1))
        var seen = [Int](repeating: 0, count: 50)
        for _ in 0..<100_000 { seen[sampler.nextCount()] += 1 }
        var expected = 100_000 * PoissonDistribution(mean: fraction).likelihoodOfNone
        for count in 0..<8 {
            #expect(abs(Double(seen[count]) - expected) < 5 * expected.squareRoot() + 3, "\(count) times")
            expected *= fraction / Double(count + 1)
        }
    }

    @Test func cellsShareTheElementsOut() {
        let bounds = [0, 0.1, 0.1, 0.45, 1.0]
        var samplers = zip(bounds, bounds.dropFirst()).map { lower, upper in
            BernoulliSampler(cell: lower..<upper, generator: generator(7))
        }
        var sizes = [0, 0, 0, 0]
        for _ in 0..<10_000 {
            let picks = samplers.indices.filter { samplers[$0].isIncluded() }
            #expect(picks.count == 1)
            for pick in picks { sizes[pick] += 1 }
        }
        #expect(sizes[1] == 0 && abs(sizes[0] - 1000) < 150 && abs(sizes[2] - 3500) < 250)
    }

    @Test func gapsAndSinglePicksAreTheSameSample() {
        var (single, jumping) = (
            BernoulliSampler(fraction: 0.02, generator: generator(9)),
            BernoulliSampler(fraction: 0.02, generator: generator(9)))
        let picks = (0..<5000).filter { _ in single.isIncluded() }
        var (jumps, position) = ([Int](), 0)
        while position + jumping.gap < 5000 {
            position += jumping.gap
            jumps.append(position)
            position += 1
            jumping.gap = jumping.nextGap()
        }
        #expect(jumps == picks)
    }

    @Test(arguments: [(0, 1), (1, 1), (1, 1_000_000), (5, 10), (10, 1000), (700, 1000), (100_000, 10_000_000)])
    func fractionsAreLargeEnough(_ count: Int, _ total: Int) {
        let fraction = samplingFraction(for: count, of: total, withReplacement: false)
        #expect(fraction > 0 && fraction <= 1 && fraction >= Double(count) / Double(total))
        let rate = samplingFraction(for: count, of: total, withReplacement: true)
        let poisson = PoissonDistribution(mean: rate * Double(total))
        var (short, shortWithReplacement) = (0, 0)
        for seed in 0..<runs {
            var generator = generator(seed)
            if generator.nextBinomial(trials: total, probability: fraction) < count { short += 1 }
            if poisson.draw(&generator) < count { shortWithReplacement += 1 }
        }
        #expect(short <= 1 && shortWithReplacement <= 1)
    }
}

extension PoissonDistribution {
    var likelihoodOfNone: Double { (0..<40).reduce((1.0, 1.0)) { ($0.0 * -mean / Double($1 + 1), $0.1 + $0.0 * -mean / Double($1 + 1)) }.1 }
}

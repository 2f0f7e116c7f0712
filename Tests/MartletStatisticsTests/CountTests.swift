import MartletStatistics
import Testing

@Suite struct CountTests {
    @Test(arguments: [(1, 0.5), (7, 0.1), (30, 0.97), (1000, 0.004), (2_000_000_000, 0.3), (4_000_000_000, 1e-9)])
    func binomialCounts(_ trials: Int, _ probability: Double) {
        let counts = moments { seed in
            var generator = SeededGenerator(seed: seed)
            let count = generator.nextBinomial(trials: trials, probability: probability)
            #expect(count >= 0 && count <= trials)
            return count
        }
        let mean = Double(trials) * probability
        #expect(counts.agree(mean: mean, variance: mean * (1 - probability)), "\(counts)")
    }

    @Test(arguments: [(1, 1, 2), (5, 3, 9), (50, 60, 100), (99, 60, 100), (400_000_000, 900_000, 1_000_000_000)])
    func hypergeometricCounts(_ drawn: Int, _ marked: Int, _ total: Int) {
        let counts = moments { seed in
            var generator = SeededGenerator(seed: seed)
            let count = generator.nextHypergeometric(drawn: drawn, marked: marked, total: total)
            #expect(count >= max(0, drawn + marked - total) && count <= min(drawn, marked))
            return count
        }
        let (n, share) = (Double(drawn), Double(marked) / Double(total))
        let variance = n * share * (1 - share) * Double(total - drawn) / Double(total - 1)
        #expect(counts.agree(mean: n * share, variance: variance, tolerance: 0.5), "\(counts)")
    }

    @Test func countsWithoutAChoice() {
        var generator = SeededGenerator(seed: 1)
        #expect(generator.nextBinomial(trials: 0, probability: 0.5) == 0)
        #expect(generator.nextBinomial(trials: 9, probability: 0) == 0)
        #expect(generator.nextBinomial(trials: 9, probability: 1) == 9)
        #expect(generator.nextHypergeometric(drawn: 0, marked: 0, total: 0) == 0)
        #expect(generator.nextHypergeometric(drawn: 4, marked: 6, total: 6) == 4)
        #expect(generator.nextHypergeometric(drawn: 6, marked: 4, total: 6) == 4)
    }

    @Test(arguments: [0, 1, 3, 10])
    func quotasAreExactAndFair(_ count: Int) {
        var (drawn, draws) = ([Int](repeating: 0, count: 10), [Int](repeating: 0, count: 10))
        for seed in 0..<runs {
            var generator = SeededGenerator(seed: seed)
            var (once, often) = (Quota(count: count, population: 10), Quota(count: count, population: 10))
            for index in 0..<10 {
                if once.drawsNext(&generator) { drawn[index] += 1 }
                draws[index] += often.drawsOfNext(&generator)
            }
            #expect(once.count == 0 && often.count == 0)
            #expect(!once.drawsNext(&generator) && often.drawsOfNext(&generator) == 0)
        }
        #expect(drawn.reduce(0, +) == count * runs && draws.reduce(0, +) == count * runs)
        let expected = Double(count * runs) / 10
        for total in drawn + draws { #expect(abs(Double(total) - expected) <= 5 * expected.squareRoot()) }
    }

    @Test(arguments: [false, true])
    func quotasSplitAsTheirParts(_ withReplacement: Bool) {
        let parts = [0, 500, 1, 99, 0, 400]
        var sums = [Double](repeating: 0, count: parts.count)
        for seed in 0..<runs {
            var generator = SeededGenerator(seed: seed)
            let split = Quota(count: 200, population: 1000).split(parts, withReplacement: withReplacement, &generator)
            #expect(split.map(\.population) == parts)
            #expect(split.reduce(0) { $0 + $1.count } == 200)
            for (index, quota) in split.enumerated() {
                #expect(withReplacement || quota.count <= parts[index])
                sums[index] += Double(quota.count)
            }
        }
        for (sum, part) in zip(sums, parts) {
            let expected = 0.2 * Double(part) * Double(runs)
            #expect(abs(sum - expected) <= 5 * expected.squareRoot())
        }
    }
}

import MartletStatistics
import Testing

@Suite struct MomentTests {
    /// The moments by their definitions, in two passes.
    private func expectMoments(_ statistics: Statistics, of numbers: [Double], within tolerance: Double = 1e-9) {
        let count = Double(numbers.count)
        let mean = numbers.reduce(0, +) / count
        func moment(_ power: Int) -> Double {
            numbers.reduce(0) { sum, number in sum + (0..<power).reduce(1) { product, _ in product * (number - mean) } } / count
        }
        let variance = moment(2)
        func isNear(_ actual: Double, _ expected: Double) -> Bool {
            abs(actual - expected) <= tolerance * Swift.max(1, abs(expected))
        }
        #expect(statistics.count == numbers.count)
        #expect(statistics.min == numbers.min() && statistics.max == numbers.max())
        #expect(isNear(statistics.mean, mean) && isNear(statistics.variance, variance))
        #expect(isNear(statistics.skewness, moment(3) / (variance * variance.squareRoot())))
        #expect(isNear(statistics.kurtosis, moment(4) / (variance * variance) - 3))
    }

    private func numbers(_ count: Int, seed: Int, offset: Double = 0) -> [Double] {
        var generator = SeededGenerator(seed: seed)
        return (0..<count).map { _ in
            let unit = generator.nextUnit()
            return offset + unit * unit * unit * 10
        }
    }

    @Test(arguments: [2, 3, 15, 16, 17, 19, 64, 1000])
    func oneByOneAndInBatches(_ count: Int) {
        let numbers = numbers(count, seed: count)
        var (single, batch) = (Statistics(), Statistics())
        for number in numbers { single.add(number) }
        batch.add(count: count) { numbers[$0] }
        expectMoments(single, of: numbers)
        expectMoments(batch, of: numbers)
    }

    @Test func partsMergeToTheWhole() {
        for seed in 0..<runs / 10 {
            let numbers = numbers(200, seed: seed)
            var generator = SeededGenerator(seed: seed)
            var (whole, start) = (Statistics(), 0)
            while start < numbers.count {
                let end = Swift.min(numbers.count, start + Int.random(in: 1...90, using: &generator))
                var part = Statistics()
                part.add(count: end - start) { numbers[start + $0] }
                whole.merge(part)
                whole.merge(Statistics())
                start = end
            }
            expectMoments(whole, of: numbers)
        }
    }

    /// Naive sums of powers would lose every digit here.
    @Test func numbersFarFromZero() {
        let near = numbers(1000, seed: 4)
        let far = near.map { $0 + 1e9 }
        var (single, batch, expected) = (Statistics(), Statistics(), Statistics())
        for number in far { single.add(number) }
        batch.add(count: far.count) { far[$0] }
        expected.add(count: near.count) { near[$0] }
        for statistics in [single, batch] {
            #expect(abs(statistics.variance / expected.variance - 1) < 1e-5)
            #expect(abs(statistics.skewness - expected.skewness) < 1e-4)
            #expect(abs(statistics.kurtosis - expected.kurtosis) < 1e-3)
        }
    }

    @Test func numbersThatAreNone() {
        for special in [Double.nan, .infinity, -.infinity] {
            for position in [0, 7, 39] {
                var numbers = [Double](repeating: 1, count: 40)
                numbers[position] = special
                var (single, batch) = (Statistics(), Statistics())
                for number in numbers { single.add(number) }
                batch.add(count: 40) { numbers[$0] }
                for statistics in [single, batch] {
                    #expect(statistics.count == 40 && !statistics.variance.isFinite && statistics.kurtosis.isNaN)
                    if special.isNaN {
                        #expect(statistics.min.isNaN && statistics.max.isNaN && statistics.mean.isNaN)
                    } else {
                        #expect(statistics.min == Swift.min(1, special) && statistics.max == Swift.max(1, special))
                    }
                }
            }
        }
    }

    @Test func sumsBeyondTheLargestNumber() {
        let numbers = [Double](repeating: 1e308, count: 32)
        var statistics = Statistics()
        statistics.add(count: 32) { numbers[$0] }
        #expect(abs(statistics.mean / 1e308 - 1) < 1e-12)
    }

    @Test func degenerateShapes() {
        var none = Statistics()
        #expect(none.skewness.isNaN && none.kurtosis.isNaN && none.variance.isNaN)
        none.add(5)
        #expect(none.skewness.isNaN && none.variance == 0 && none.sampleVariance.isNaN)
        none.add(5)
        #expect(none.skewness.isNaN && none.kurtosis.isNaN && none.sampleVariance == 0)
    }
}

import MartletStatistics
import Testing

@Suite struct StatisticsTests {
    @Test func ofNothingThereIsNoMean() {
        let none = Statistics()
        #expect(none.count == 0 && none.sum == 0)
        #expect(none.variance.isNaN && none.sampleVariance.isNaN)
    }

    @Test func partsMergeToTheWhole() {
        for cut in 0...100 {
            var (whole, left, right) = (Statistics(), Statistics(), Statistics())
            var generator = SeededGenerator(seed: cut)
            for index in 0..<100 {
                let number = Double.random(in: -5...5, using: &generator)
                whole.add(number)
                if index < cut { left.add(number) } else { right.add(number) }
            }
            left.merge(right)
            #expect(left.count == whole.count && left.min == whole.min && left.max == whole.max)
            #expect(abs(left.mean - whole.mean) < 1e-12 && abs(left.variance - whole.variance) < 1e-12)
        }
    }
}

import Glibc
import MartletStatistics
import Testing

@Suite struct QuantileSketchTests {
    private let questions = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99]

    /// Numbers, many of them equal: ascending, descending, or in random order.
    private func numbers(_ count: Int, _ generator: inout SeededGenerator) -> [Int] {
        let span = [50, count, 1 << 40][Int.random(in: 0..<3, using: &generator)]
        let numbers = (0..<count).map { _ in Int.random(in: 0..<span, using: &generator) }
        switch Int.random(in: 0..<3, using: &generator) {
        case 0: return numbers
        case 1: return numbers.sorted()
        default: return numbers.sorted(by: >)
        }
    }

    /// The fraction of elements below `element`, and the fraction of elements not above it.
    private func ranks(of element: Int, in sorted: [Int]) -> ClosedRange<Double> {
        let below = sorted.partitioningIndex { $0 >= element }
        let upTo = sorted.partitioningIndex { $0 > element }
        return Double(below) / Double(sorted.count)...Double(upTo) / Double(sorted.count)
    }

    @Test(arguments: [0.05, 0.2])
    func errorsAreWithinTheAccuracy(_ accuracy: Double) {
        var (asked, missed) = (0, 0)
        for seed in 0..<runs {
            var generator = SeededGenerator(seed: seed)
            let numbers = numbers(700 * scale, &generator)
            let partCount = Int.random(in: 1...4, using: &generator)
            var sketch = QuantileSketch<Int>(accuracy: accuracy, seed: seed, partition: -1)
            for part in 0..<partCount {
                var piece = QuantileSketch<Int>(accuracy: accuracy, seed: seed, partition: part)
                let bounds = numbers.count * part / partCount..<numbers.count * (part + 1) / partCount
                for number in numbers[bounds] { piece.add(number) }
                sketch.merge(piece)
            }
            let sorted = numbers.sorted()
            #expect(sketch.count == numbers.count && sketch.min == sorted.first && sketch.max == sorted.last)
            #expect(Double(sketch.keptCount) <= 9 / accuracy + 8 * log2(Double(numbers.count)))
            for (question, answer) in zip(questions, sketch.quantiles(questions)) {
                let ranks = ranks(of: answer, in: sorted)
                asked += 1
                if question < ranks.lowerBound - accuracy || question > ranks.upperBound + accuracy { missed += 1 }
            }
        }
        #expect(Double(missed) <= 0.01 * Double(asked), "\(missed) of \(asked)")
    }

    @Test func fewElementsAreExact() {
        var sketch = QuantileSketch<Int>()
        #expect(sketch.quantile(0.5) == nil && sketch.quantiles([0, 1]) == [] && sketch.min == nil && sketch.rank(of: 1).isNaN)
        for number in (1...100).reversed() { sketch.add(number) }
        #expect(sketch.quantiles([0, 0.001, 0.01, 0.011, 0.5, 0.99, 1]) == [1, 1, 1, 2, 50, 99, 100])
        #expect(sketch.rank(of: 0) == 0 && sketch.rank(of: 30) == 0.3 && sketch.rank(of: 100) == 1)
    }

    @Test func rankAndQuantileAgree() {
        var sketch = QuantileSketch<Int>(accuracy: 0.02)
        for number in 0..<5000 { sketch.add(number) }
        for question in questions {
            let answer = sketch.quantile(question) ?? -1
            #expect(sketch.rank(of: answer) >= question && sketch.rank(of: answer - 1) < question + 0.02)
        }
    }

    @Test func sameSeedSameSketch() {
        func answers(seed: Int) -> [Int] {
            var sketch = QuantileSketch<Int>(accuracy: 0.2, seed: seed)
            for number in 0..<3000 { sketch.add(number &* 7919 % 3001) }
            return sketch.quantiles(questions)
        }
        #expect(answers(seed: 1) == answers(seed: 1))
        #expect(Set((0..<5).map { answers(seed: $0) }).count > 1)
    }

    @Test func notANumberHasNoRank() {
        var sketch = QuantileSketch<Double>()
        for number in [Double.nan, 2, .nan, -Double.infinity, 1] { sketch.add(number) }
        #expect(sketch.count == 3 && sketch.quantiles([0, 0.5, 1]) == [-.infinity, 1, 2])
    }

    @Test func memoryDoesNotGrow() {
        var sketch = QuantileSketch<Int>(accuracy: 0.1)
        for number in 0..<100_000 { sketch.add(number) }
        #expect(sketch.keptCount <= 90 + 8 * 17)
        var copies = sketch
        for _ in 0..<20 { copies.merge(sketch) }
        #expect(copies.keptCount <= 90 + 8 * 22 && copies.count == 2_100_000)
    }
}

extension Array {
    /// The first index whose element satisfies a condition that all later elements satisfy.
    func partitioningIndex(_ isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

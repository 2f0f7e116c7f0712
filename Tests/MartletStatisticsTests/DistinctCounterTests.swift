import MartletStatistics
import Testing

@Suite struct DistinctCounterTests {
    private func counter(_ count: Int, seed: Int, precision: Int, sparse: Int) -> DistinctCounter {
        var counter = DistinctCounter(precision: precision, sparsePrecision: sparse)
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<count { counter.add(hash: generator.next()) }
        return counter
    }

    /// Two thirds of the estimates are within one standard error, and nearly all within three, at each size.
    @Test(arguments: [(8, 0, 40), (8, 0, 256), (8, 25, 1000), (8, 0, 2000), (10, 12, 1500)])
    func errorsAreAsStated(_ precision: Int, _ sparse: Int, _ count: Int) {
        let count = count * scale
        let bound = DistinctCounter(precision: precision).relativeError
        var (squares, sum, near, far) = (0.0, 0.0, 0, 0)
        for seed in 0..<runs {
            let estimate = counter(count, seed: seed, precision: precision, sparse: sparse).estimate
            let error = Double(estimate) / Double(count) - 1
            squares += error * error
            sum += error
            if abs(error) <= bound { near += 1 }
            if abs(error) > 3 * bound { far += 1 }
        }
        let deviation = (squares / Double(runs)).squareRoot()
        #expect(deviation <= 1.1 * bound, "\(deviation) against \(bound)")
        #expect(abs(sum / Double(runs)) <= 5 * bound / Double(runs).squareRoot(), "no bias")
        #expect(near >= runs * 62 / 100 && far <= runs / 100, "\(near) near, \(far) far")
    }

    @Test func smallNumbersAreNearlyExact() {
        for count in 0...200 {
            #expect(counter(count, seed: count, precision: 12, sparse: 25).estimate == count)
        }
    }

    @Test func partsMergeToTheWhole() {
        for seed in 0..<200 {
            var generator = SeededGenerator(seed: seed)
            let precision = Int.random(in: 4...10, using: &generator)
            let sparse = Bool.random(using: &generator) ? 0 : precision + Int.random(in: 0...12, using: &generator)
            let make = { DistinctCounter(precision: precision, sparsePrecision: sparse) }
            var (whole, left, right) = (make(), make(), make())
            for _ in 0..<Int.random(in: 0...500, using: &generator) {
                let hash = generator.next() >> UInt64.random(in: 0...40, using: &generator)
                let (inLeft, inRight) = (generator.next() % 4 != 0, generator.next() % 3 == 0)
                if inLeft { left.add(hash: hash) }
                if inRight { right.add(hash: hash) }
                if inLeft || inRight { (0..<2).forEach { _ in whole.add(hash: hash) } }
            }
            var merged = left
            merged.merge(right)
            right.merge(left)
            #expect(merged.estimate == right.estimate && merged.estimate == whole.estimate)
        }
    }

    @Test func numbersInARow() {
        for step in [1, 3, 1 << 20, 1 << 44] as [UInt64] {
            var counter = DistinctCounter(precision: 12)
            for index in 0..<20_000 as Range<UInt64> { counter.add(hash: DistinctCounter.scrambled(index &* step)) }
            #expect(abs(Double(counter.estimate) / 20_000 - 1) < 4 * counter.relativeError)
        }
    }

    @Test func precisions() {
        #expect(DistinctCounter.precision(relativeError: 0.05) == 9)
        #expect(DistinctCounter.precision(relativeError: 0.9) == 4 && DistinctCounter.precision(relativeError: .infinity) == 4)
        #expect(DistinctCounter.precision(relativeError: 0.0000171) == 32)
        #expect(DistinctCounter.problem(precision: 3, sparsePrecision: 0) == "a precision is 4 to 32, not 3")
        #expect(DistinctCounter.problem(precision: 33, sparsePrecision: 0) != nil)
        #expect(DistinctCounter.problem(precision: 9, sparsePrecision: 8) == "a sparse precision is 0, or 9 (the precision) to 32, not 8")
        #expect(DistinctCounter.problem(precision: 32, sparsePrecision: 32) == nil)
        for (precision, sparse) in [(4, 4), (4, 32), (32, 32), (18, 25)] {
            #expect(counter(5, seed: 1, precision: precision, sparse: sparse).estimate == 5 || precision == 4)
        }
    }

    @Test func extremeHashes() {
        for sparse in [0, 4, 9] {
            var counter = DistinctCounter(precision: 4, sparsePrecision: sparse)
            for hash in [0, .max] as [UInt64] { counter.add(hash: hash) }
            #expect(counter.estimate == 2)
        }
    }
}

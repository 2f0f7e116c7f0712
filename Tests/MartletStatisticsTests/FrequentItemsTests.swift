import MartletStatistics
import Testing

@Suite struct FrequentItemsTests {
    /// Small numbers are frequent, large ones are rare.
    private func skewed(_ count: Int, _ generator: inout SeededGenerator) -> [Int] {
        (0..<count).map { _ in Int(1 / (generator.nextUnit() + 0.001)) }
    }

    @Test func countsAreWithinTheirBounds() {
        for seed in 0..<runs {
            var generator = SeededGenerator(seed: seed)
            let items = skewed(400 * scale, &generator)
            let counters = Int.random(in: 1...30, using: &generator)
            let partCount = Int.random(in: 1...4, using: &generator)
            var sketch = FrequentItems<Int>(counters: counters)
            for part in 0..<partCount {
                var piece = FrequentItems<Int>(counters: counters)
                for item in items[items.count * part / partCount..<items.count * (part + 1) / partCount] { piece.add(item) }
                sketch.merge(piece)
            }
            let truth = items.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            #expect(sketch.count == items.count && sketch.items.count <= counters)
            #expect(sketch.error <= sketch.errorBound && sketch.errorBound == items.count / (counters + 1))
            for (item, count) in truth { #expect(sketch.bounds(of: item).contains(count)) }
            let found = Set(sketch.items.map(\.item))
            #expect(truth.allSatisfy { $0.value <= sketch.errorBound || found.contains($0.key) })
            for item in sketch.items {
                #expect(item.upperCount - item.lowerCount == sketch.error && item.lowerCount > 0)
            }
        }
    }

    @Test func fewItemsAreExactAndInOrder() {
        var sketch = FrequentItems<String>(counters: 5)
        for item in ["d", "a", "b", "a", "c", "b", "b"] { sketch.add(item) }
        #expect(sketch.top(9).map(\.description) == ["b: 3", "a: 2", "d: 1", "c: 1"])
        #expect(sketch.top(0).isEmpty && sketch.top(-1).isEmpty && sketch.error == 0)
        var later = FrequentItems<String>(counters: 5)
        for item in ["e", "d"] { later.add(item) }
        sketch.merge(later)
        #expect(sketch.items.map(\.item) == ["b", "d", "a", "c", "e"])
        #expect(sketch.bounds(of: "x") == 0...0)
    }

    @Test func nothing() {
        let none = FrequentItems<Int>(counters: 1)
        #expect(none.items.isEmpty && none.errorBound == 0 && none.count == 0)
    }
}

@testable import Martlet
import MartletStatistics
import Testing

/// States that are merged while others arrive: none is lost, none counts twice, and few are left.
@Suite struct PartialStatesTests {
    struct Numbers: AccumulatorState {
        var numbers: [Int]
        mutating func add(_ number: Int) { numbers.append(number) }
        mutating func merge(_ other: Numbers) { numbers += other.numbers }
    }

    private func merged(_ pair: PartialStates<Numbers>.Pair) -> Numbers {
        var merged = pair.first
        merged.merge(pair.second)
        return merged
    }

    private func value(_ states: PartialStates<Numbers>) -> [Int] { states.snapshot.states.flatMap(\.numbers) }

    @Test func fewAreLeft() {
        var states = PartialStates<Numbers>()
        for number in 0..<1000 {
            states.add(Numbers(numbers: [number]))
            while let pair = states.takePair() { _ = states.replace(pair, by: merged(pair)) }
            #expect(states.snapshot.states.count <= 10, "after \(number)")
        }
        #expect(value(states) == Array(0..<1000))
    }

    /// Threads that take pairs and return them in any order, with readers and resets between them.
    @Test(arguments: 0..<100)
    func anyOrder(_ seed: Int) {
        var generator = SeededGenerator(seed: seed)
        var states = PartialStates<Numbers>()
        var taken: [PartialStates<Numbers>.Pair] = []
        var expected: [Int] = []
        for number in 0..<300 {
            switch generator.next() % 8 {
            case 0...2:
                states.add(Numbers(numbers: [number]))
                expected.append(number)
            case 3, 4:
                if let pair = states.takePair() { taken.append(pair) }
            case 5, 6:
                if let pair = taken.indices.randomElement(using: &generator).map({ taken.remove(at: $0) }) {
                    _ = states.replace(pair, by: merged(pair))
                }
            default:
                if generator.next() % 8 == 0 {
                    _ = states.removeAll()
                    expected = []
                } else {
                    let snapshot = states.snapshot
                    let whole = Numbers(numbers: snapshot.states.flatMap(\.numbers))
                    if !snapshot.states.isEmpty { _ = states.replace(snapshot, by: whole) }
                }
            }
            #expect(value(states) == expected, "seed \(seed), step \(number)")
        }
        for pair in taken { _ = states.replace(pair, by: merged(pair)) }
        while let pair = states.takePair() { _ = states.replace(pair, by: merged(pair)) }
        #expect(value(states) == expected, "seed \(seed)")
        #expect(states.snapshot.states.count <= 10, "seed \(seed)")
    }
}

package import MartletStatistics

extension SeededGenerator {
    /// Whether something happens that has this chance in a hundred.
    package mutating func chance(_ percent: Int) -> Bool { within(0...99) < percent }

    /// A number from a range.
    package mutating func within(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// A duration between two numbers of microseconds.
    package mutating func micros(_ range: ClosedRange<Int>) -> Duration { .microseconds(within(range)) }
}

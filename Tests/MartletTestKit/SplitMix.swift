/// A generator that a seed replays.
package struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// Whether something happens that has this chance in a hundred.
    package mutating func chance(_ percent: Int) -> Bool { within(0...99) < percent }

    /// A number from a range.
    package mutating func within(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }

    /// A duration between two numbers of microseconds.
    package mutating func micros(_ range: ClosedRange<Int>) -> Duration { .microseconds(within(range)) }
}

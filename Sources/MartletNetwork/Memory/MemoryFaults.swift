/// The random faults of a `MemoryNetwork`. The same seed and the same calls give the same faults.
package struct MemoryFaults: Sendable {
    package var seed: UInt64 = 0
    /// The delay of bytes in transit. They stay in order.
    package var delay: ClosedRange<Duration> = .zero ... .zero
    /// The most pieces that bytes sent at once are cut into.
    package var pieces = 1
    /// The probability, for each delivery, that the connection is cut instead: both ends notice at once.
    package var cutProbability = 0.0
    /// The probability, for each delivery, that the connection falls silent instead: nothing arrives any more, and neither
    /// end is told.
    package var silenceProbability = 0.0

    package init(seed: UInt64 = 0) { self.seed = seed }
}

/// - Source: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
struct FaultGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func happens(_ probability: Double) -> Bool {
        probability > 0 && Double.random(in: 0..<1, using: &self) < probability
    }
}

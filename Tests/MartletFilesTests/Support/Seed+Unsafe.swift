// Unsafe: `getenv` returns a string that ends with a zero byte, or nil; it is copied at once.

import Glibc

/// A small generator whose whole run follows from its seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }

    mutating func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}

/// The seeds of a property test: `count` fresh ones, or the one of `MARTLET_SEED`.
func propertySeeds(_ count: Int) -> [UInt64] {
    if let text = unsafe getenv("MARTLET_SEED"), let seed = UInt64(unsafe String(cString: text)) {
        return [seed]
    }
    var system = SystemRandomNumberGenerator()
    return (0..<count).map { _ in system.next() >> 16 }
}

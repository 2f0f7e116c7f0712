/// Random numbers that are the same for the same seed, on every machine: a recomputed partition must not change.
///
///     var (first, second) = (SeededGenerator(seed: 7, partition: 2), SeededGenerator(seed: 7, partition: 2))
///     first.next() == second.next()   // true
///     Int.random(in: 1...6, using: &first) == Int.random(in: 1...6, using: &second)   // true
///
/// - Source: SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
@frozen
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    @usableFromInline var state: UInt64

    @inlinable
    public init(seed: some BinaryInteger) { state = Self.mix(UInt64(truncatingIfNeeded: seed)) }

    /// The generator of one partition: generators of different partitions or seeds are unrelated.
    @inlinable
    public init(seed: some BinaryInteger, partition: Int) {
        self.init(seed: seed)
        state = Self.mix(state ^ Self.mix(UInt64(bitPattern: Int64(partition)) &+ Self.step))
    }

    @inlinable
    public mutating func next() -> UInt64 {
        state &+= Self.step
        return Self.mix(state)
    }

    @inlinable static var step: UInt64 { 0x9E37_79B9_7F4A_7C15 }

    @inlinable
    static func mix(_ bits: UInt64) -> UInt64 {
        var z = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

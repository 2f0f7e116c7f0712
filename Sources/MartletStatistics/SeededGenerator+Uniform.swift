extension SeededGenerator {
    /// A number of 0 up to, but not including, 1: a multiple of 2^-53, each as likely as the others.
    ///
    ///     var generator = SeededGenerator(seed: 7)
    ///     (0..<1000).allSatisfy { _ in (0..<1).contains(generator.nextUnit()) }   // true
    @inlinable
    public mutating func nextUnit() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// A number above 0 and up to 1, whose logarithm exists.
    @inlinable
    mutating func nextPositiveUnit() -> Double { Double((next() >> 11) + 1) * 0x1p-53 }
}

/// The hash streams that all programs of the comparison make their rows from.
enum Streams {
    @inline(__always)
    static func mix(_ input: UInt64) -> UInt64 {
        var z = input &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z &>> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z &>> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z &>> 31)
    }

    /// Number `index` of a stream.
    @inline(__always)
    static func hash(_ stream: UInt64, _ index: Int) -> UInt64 {
        mix(mix(stream) &+ UInt64(bitPattern: Int64(index)))
    }

    /// The same as a number from 0 to 1.
    @inline(__always)
    static func unit(_ stream: UInt64, _ index: Int) -> Double {
        Double(hash(stream, index) &>> 11) * (1.0 / 9_007_199_254_740_992.0)
    }

    @inline(__always)
    static func key(_ stream: UInt64, _ index: Int, below count: Int) -> Int {
        Int(truncatingIfNeeded: (hash(stream, index) &>> 1) % UInt64(truncatingIfNeeded: count))
    }

    @inline(__always)
    static func lcg(_ index: Int) -> Int {
        Int(truncatingIfNeeded: UInt64(bitPattern: Int64(index)) &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407)
    }
}

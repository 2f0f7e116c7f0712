import ExampleData
import Martlet

/// A record as stored in the file: ten bytes of key, ninety bytes of any content.
struct Record: BitwiseCopyable, Sendable {
    let key: InlineArray<10, UInt8>
    let value: InlineArray<90, UInt8>

    init(random seed: Int) {
        var random = SeededGenerator(seed: seed)
        key = InlineArray { _ in UInt8.random(in: .min ... .max, using: &random) }
        value = InlineArray { _ in UInt8.random(in: UInt8(ascii: "A")...UInt8(ascii: "Z"), using: &random) }
    }

    @inline(__always)
    var sortKey: Key {
        Key(
            high: (0..<8).reduce(0) { $0 << 8 | UInt64(key[$1]) },
            low: UInt16(key[8]) << 8 | UInt16(key[9]))
    }
}

/// The ten bytes as numbers, which compare faster. `SortPrefixed` lets the engine sort most of them by radix.
struct Key: SortPrefixed, Sendable {
    let high: UInt64
    let low: UInt16

    var sortPrefix: UInt64 { high }

    static func < (left: Key, right: Key) -> Bool { (left.high, left.low) < (right.high, right.low) }
}

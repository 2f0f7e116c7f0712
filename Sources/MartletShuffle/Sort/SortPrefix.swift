import MartletBlocks

/// A sort key whose first 64 bits can be compared as one number.
///
/// Integers, floating point and `String` are known to the engine. Conform a key type of your own to sort it by radix:
///
///     struct Version: SortPrefixed {
///         var major: UInt32, minor: UInt32, label: String
///         var sortPrefix: UInt64 { UInt64(major) << 32 | UInt64(minor) }
///         static func < (left: Version, right: Version) -> Bool {
///             (left.major, left.minor, left.label) < (right.major, right.minor, right.label)
///         }
///     }
///     let versions = [Version(major: 2, minor: 0, label: "b"), Version(major: 1, minor: 9, label: "a")]
///     let sorted = context.parallelize(versions, partitions: 2).sortBy { $0 }
///     try await sorted.map { $0.label }.collect()   // ["a", "b"]
///
/// Keys that do not equal themselves come last, whatever their prefix.
///
/// - Invariant: K3. `a < b` implies `a.sortPrefix <= b.sortPrefix`.
public protocol SortPrefixed: Comparable {
    /// The most significant part of the key.
    var sortPrefix: UInt64 { get }
}

/// Makes the prefixes of one key type.
@frozen
public struct SortPrefixer<Key: Comparable>: Sendable {
    @usableFromInline let isPrefixed: Bool
    @usableFromInline let order = TotalOrder<Key>()

    @inlinable
    public init() { isPrefixed = Key.self is any SortPrefixed.Type }

    /// The prefix of keys that come after all that equal themselves; other keys may have it too.
    @inlinable
    public static var unordered: UInt64 { .max }

    /// Keys with equal prefixes are equal.
    public var isExact: Bool {
        Key.self == Int.self || Key.self == UInt.self || Key.self == Int64.self || Key.self == UInt64.self
            || Key.self == Int32.self || Key.self == UInt32.self || Key.self == Int16.self || Key.self == UInt16.self
            || Key.self == Int8.self || Key.self == UInt8.self || Key.self == Double.self || Key.self == Float.self
    }

    @inlinable @inline(__always)
    public func prefix(_ key: borrowing Key) -> UInt64 {
        let signBit: UInt64 = 1 << 63
        if Key.self == Int.self { return UInt64(bitPattern: Int64(bits(key, Int.self))) ^ signBit }
        if Key.self == Int64.self { return UInt64(bitPattern: bits(key, Int64.self)) ^ signBit }
        if Key.self == Int32.self { return UInt64(bitPattern: Int64(bits(key, Int32.self))) ^ signBit }
        if Key.self == UInt.self { return UInt64(bits(key, UInt.self)) }
        if Key.self == UInt64.self { return bits(key, UInt64.self) }
        if Key.self == UInt32.self { return UInt64(bits(key, UInt32.self)) }
        if Key.self == Double.self { return doublePrefix(bits(key, Double.self)) }
        if Key.self == Float.self { return doublePrefix(Double(bits(key, Float.self))) }
        if Key.self == Int16.self { return UInt64(bitPattern: Int64(bits(key, Int16.self))) ^ signBit }
        if Key.self == Int8.self { return UInt64(bitPattern: Int64(bits(key, Int8.self))) ^ signBit }
        if Key.self == UInt16.self { return UInt64(bits(key, UInt16.self)) }
        if Key.self == UInt8.self { return UInt64(bits(key, UInt8.self)) }
        if Key.self == String.self { return stringPrefix(bits(key, String.self)) }
        return other(key)
    }

    @inlinable @inline(__always)
    func bits<Known>(_ key: borrowing Key, _: Known.Type) -> Known { unsafeBitCast(copy key, to: Known.self) }

    @inlinable
    func other(_ key: borrowing Key) -> UInt64 {
        if order.isUnordered(copy key) { return Self.unordered }
        guard isPrefixed else { return 0 }
        return (copy key as! any SortPrefixed).sortPrefix
    }
}

/// Orders as `<` does, with -0.0 equal to 0.0 and every NaN after all numbers.
@inlinable
public func doublePrefix(_ value: Double) -> UInt64 {
    if value.isNaN { return .max }
    let bits = value == 0 ? 0 : value.bitPattern
    return bits >> 63 == 0 ? bits | 1 << 63 : ~bits
}

/// The first eight bytes of the string's normal form C, by which strings order. ASCII is its own normal form, unless
/// the character after the eighth could combine with it.
@usableFromInline
func stringPrefix(_ text: String) -> UInt64 {
    let words = SmallString.words(text)
    if SmallString.isKnown, SmallString.isSmallASCII(words) { return words.0.byteSwapped }
    var text = text
    let ascii: UInt64? = text.withUTF8 { bytes in
        bytes.prefix(9).allSatisfy { $0 < 0x80 } ? bytePrefix(bytes) : nil
    }
    if let ascii { return ascii }
    var normal = normalForm(text)
    return normal.withUTF8 { bytePrefix($0) }
}

private func bytePrefix(_ bytes: UnsafeBufferPointer<UInt8>) -> UInt64 {
    var prefix: UInt64 = 0
    for (index, byte) in bytes.prefix(8).enumerated() { prefix |= UInt64(byte) << UInt64(56 - index * 8) }
    return prefix
}

public import MartletBlocks

/// A key whose hash is the same in every process, on every machine, in every run.
///
///     struct City: EngineHashable {
///         var name: String
///         var engineHash: UInt64 { stringHash(name) }
///     }
///     let visits = context.parallelize(["Ulm", "Bonn", "Ulm"], partitions: 2).map { (City(name: $0), 1) }
///     try await visits.reduceByKey(+).lookup(City(name: "Ulm"))   // [2]
///
/// Swift seeds `hashValue` anew in each process, so it cannot decide where a key lives. Integers, `Bool`, floating
/// point, `String` and `Pair`s, optionals and arrays of them are known to the engine; conform a key type of your own
/// to take part, and hash whatever `==` compares.
///
/// A class has to conform for its objects to be keys, or parts of keys: with `==` on their contents, since keys are copied on
/// their way to other processes and to files, and no copy is the same object.
///
/// - Invariant: K1. `a == b` implies `a.engineHash == b.engineHash`.
public protocol EngineHashable: Hashable {
    /// All 64 bits should depend on all of the value.
    var engineHash: UInt64 { get }
}

/// Spreads the bits of one word over the whole word.
@inlinable @inline(__always)
public func mixBits(_ word: UInt64) -> UInt64 {
    let product = (word ^ 0x9E37_79B9_7F4A_7C15).multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
    return product.high ^ product.low
}

/// Adds another part to the hash of a compound key.
@inlinable @inline(__always)
public func combineHashes(_ first: UInt64, _ second: UInt64) -> UInt64 {
    mixBits(first &* 0xA076_1D64_78BD_642F ^ second)
}

/// Hashes keys of one type, by the engine's own hash where it knows the type and by Swift's `Hasher` otherwise.
@frozen
public struct KeyHasher<Key: Hashable>: Sendable {
    @usableFromInline let isEngineHashable: Bool

    @inlinable
    public init() { isEngineHashable = Key.self is any EngineHashable.Type }

    /// Whether a key has the same hash in every process. Keys of other types have the same hash in all executors, which are
    /// started so, but another hash in the driver.
    package static var isSameEverywhere: Bool {
        if let compound = Key.self as? any CompoundKey.Type { return compound.partsAreSameEverywhere }
        return isKnown || Key.self is any EngineHashable.Type
    }

    /// Whether the key has one of the types that `hash` distinguishes.
    private static var isKnown: Bool {
        let known: [any Hashable.Type] = [
            Int.self, String.self, Int64.self, UInt64.self, UInt.self, Int32.self, UInt32.self, UInt16.self, UInt8.self,
            Double.self,
        ]
        return known.contains { $0 == Key.self }
    }

    /// The compiler decides the comparisons of types: one branch remains.
    @inlinable @inline(__always)
    public func hash(_ key: borrowing Key) -> UInt64 {
        if Key.self == Int.self { return mixBits(UInt64(bitPattern: Int64(bits(key, Int.self)))) }
        if Key.self == String.self { return stringHash(bits(key, String.self)) }
        if Key.self == Int64.self { return mixBits(UInt64(bitPattern: bits(key, Int64.self))) }
        if Key.self == UInt64.self { return mixBits(bits(key, UInt64.self)) }
        if Key.self == UInt.self { return mixBits(UInt64(bits(key, UInt.self))) }
        if Key.self == Int32.self { return mixBits(UInt64(UInt32(bitPattern: bits(key, Int32.self)))) }
        if Key.self == UInt32.self { return mixBits(UInt64(bits(key, UInt32.self))) }
        if Key.self == UInt16.self { return mixBits(UInt64(bits(key, UInt16.self))) }
        if Key.self == UInt8.self { return mixBits(UInt64(bits(key, UInt8.self))) }
        if Key.self == Double.self { return doubleHash(bits(key, Double.self)) }
        return other(key)
    }

    @inlinable @inline(__always)
    func bits<Known>(_ key: borrowing Key, _: Known.Type) -> Known { unsafeBitCast(copy key, to: Known.self) }

    @inlinable
    func other(_ key: borrowing Key) -> UInt64 {
        let key = copy key
        if isEngineHashable { return (key as! any EngineHashable).engineHash }
        return mixBits(UInt64(bitPattern: Int64(key.hashValue)))
    }

    /// `a == b`, without a call for small strings.
    @inlinable @inline(__always)
    public func areEqual(_ first: borrowing Key, _ second: borrowing Key) -> Bool {
        if Key.self == String.self {
            let (left, right) = (bits(first, (UInt64, UInt64).self), bits(second, (UInt64, UInt64).self))
            if left == right { return true }
            if SmallString.isSmallASCII(left), SmallString.isSmallASCII(right) { return false }
        }
        return first == second
    }
}

/// A key that is hashed by its parts, which may be of any type.
protocol CompoundKey {
    static var partsAreSameEverywhere: Bool { get }
}

/// -0.0 equals 0.0; each NaN is its own.
@inlinable @inline(__always)
public func doubleHash(_ value: Double) -> UInt64 { mixBits(value == 0 ? 0 : value.bitPattern) }

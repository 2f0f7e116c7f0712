import MartletPortable

/// The order in which the engine sorts, takes extremes and cuts ranges: `<`, with keys that do not equal themselves after all
/// others.
///
/// A key that does not equal itself is NaN, or contains NaN. `<` does not order such keys, so it alone is no total order:
/// its results would depend on the positions of rows. These keys come last, equal to each other. `Pair` orders them part by
/// part.
@frozen
public struct TotalOrder<Key: Comparable>: Sendable {
    /// Keys may contain NaN in arrays, and then still equal themselves.
    @usableFromInline let canHideNaN: Bool

    /// Make it once for many keys: it takes a lock for types that are not plain bits.
    @inlinable @inline(__always)
    public init() {
        // Plain bits have no arrays, and strings contain no numbers.
        canHideNaN = !_isPOD(Key.self) && Key.self != String.self && hidesNaN(Key.self)
    }

    /// Whether the left key comes before the right one.
    @inlinable @inline(__always)
    public func precedes(_ left: Key, _ right: Key) -> Bool {
        if left < right { return true }
        return isUnordered(right) && !isUnordered(left)
    }

    /// Whether the key comes after all keys that equal themselves.
    @inlinable @inline(__always)
    public func isUnordered(_ key: Key) -> Bool {
        // Strings always equal themselves, and comparing them is slow.
        if Key.self == String.self { return false }
        if key != key { return !isDeclaredTotal(Key.self) }
        return canHideNaN && !equalsItsCopy(key)
    }
}

/// A type whose `<` orders all its values, also those that do not equal themselves.
public protocol TotallyOrdered {}

/// Only called for types with keys that do not equal themselves: it is slow.
@usableFromInline @inline(never)
func isDeclaredTotal(_ type: Any.Type) -> Bool { type is any TotallyOrdered.Type }

@usableFromInline @inline(never)
func hidesNaN(_ type: Any.Type) -> Bool { !isDeclaredTotal(type) && HiddenNaN.canBe(in: type) }

@usableFromInline @inline(never)
func equalsItsCopy<Key: Equatable>(_ key: Key) -> Bool { HiddenNaN.equalsItsCopy(key) }

/// Sizes of the memory blocks that the standard library allocates, as malloc rounds them.
enum HeapBlock {
    /// The metadata, reference count, element count and capacity of an array; a string's header has the same size.
    static let arrayHeader = 32
    /// The assumed size of an unknown object.
    static let objectBytes = 64.0

    /// A block with `size` bytes in it: malloc's own word before them, all rounded up to 16.
    @inline(__always)
    static func bytes(_ size: Int) -> Double { Double((size + 23) & ~15) }

    /// The table of a set or a dictionary: a power of two of buckets, of which three in four can be in use, and a bit
    /// for each of them.
    ///
    /// - Parameter stride: of an element, or of a key and a value.
    static func tableBytes(capacity: Int, _ stride: Int) -> Double {
        if capacity == 0 { return 0 }
        let least = max((capacity * 4 + 2) / 3, capacity + 1)
        let buckets = 1 << (Int.bitWidth - (least - 1).leadingZeroBitCount)
        return bytes(64 + (buckets + 63) / 64 * 8 + buckets * stride)
    }

    /// The growth of the table when room for `added` entries more is made; 0 if there is room.
    static func tableGrowth(_ count: Int, _ capacity: Int, adding added: Int, _ stride: Int) -> Double {
        if count + added <= capacity { return 0 }
        return tableBytes(capacity: max(count + added, 2 * capacity), stride) - tableBytes(capacity: capacity, stride)
    }
}

/// A type that knows the memory that its values hold outside of themselves, where nothing else does.
package protocol HeapHolder {
    /// - Units: bytes. O(1); of shared memory, only the value's own part counts.
    var heapBytes: Int { get }
}

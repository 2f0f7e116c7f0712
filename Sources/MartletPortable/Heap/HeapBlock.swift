/// Sizes of the blocks of memory that the standard library asks for, as malloc gives them.
enum HeapBlock {
    /// The metadata, the count of references, the count of elements and the capacity of an array; a string's are as many.
    static let arrayHeader = 32
    /// What is assumed of an object that nothing is known about.
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

    /// How much larger the table is that takes the place of one without room for `added` entries more; 0 where there is some.
    static func tableGrowth(_ count: Int, _ capacity: Int, adding added: Int, _ stride: Int) -> Double {
        if count + added <= capacity { return 0 }
        return tableBytes(capacity: max(count + added, 2 * capacity), stride) - tableBytes(capacity: capacity, stride)
    }
}

/// A type that knows what its values hold outside of themselves, where nothing else does.
package protocol HeapHolder {
    /// - Units: bytes. Told at once, and of what is shared the value's own part.
    var heapBytes: Int { get }
}

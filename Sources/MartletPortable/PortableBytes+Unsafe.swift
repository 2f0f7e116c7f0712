// Relies on V1: the first `count` of `capacity` bytes at `base` are initialised, and have no other owner.

/// Bytes that grow at their end without being cleared first, unlike an array's.
///
///     import MartletPortable
///
///     func encodedSize(_ values: [Int]) throws -> Int {
///         var bytes = PortableBytes()
///         try ValueCoder.of(Int.self).encode(values, count: values.count, into: &bytes)
///         return bytes.count
///     }
///     try encodedSize([1, 2])   // 16
@safe
public struct PortableBytes: ~Copyable, @unchecked Sendable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    /// The number of bytes.
    public private(set) var count = 0
    /// The nesting depth of the recursive values that are being encoded.
    var depth = 0
    /// Collects the functions and objects that the values refer to; nil if there must be none.
    var graph: GraphWriter?

    /// - Parameter capacity: bytes to reserve at once.
    public init(capacity: Int = 0) {
        self.capacity = max(capacity, 64)
        unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }

    /// Removes all bytes and keeps the memory.
    public mutating func removeAll() { count = 0 }

    /// Removes the bytes after the first `length`.
    public mutating func truncate(to length: Int) {
        precondition(length >= 0 && length <= count, "truncate(to: \(length)) of \(count) bytes")
        count = length
    }

    /// Calls `body` with the bytes, which do not move until it returns.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Reserves `room` more bytes, and returns their address.
    @inline(__always)
    mutating func reserve(_ room: Int) -> UnsafeMutableRawPointer {
        if capacity - count < room { grow(room) }
        return unsafe base + count
    }

    /// Counts `length` bytes that the caller has written to reserved memory.
    @inline(__always)
    mutating func commit(_ length: Int) { count += length }

    /// Appends `length` bytes, which the caller must write before anything else happens.
    @inline(__always)
    mutating func extend(_ length: Int) -> UnsafeMutableRawPointer {
        let end = unsafe reserve(length)
        count += length
        return unsafe end
    }

    /// Appends a number in groups of 7 bits, the lowest first.
    @inline(__always)
    mutating func append(length: Int) {
        let end = unsafe reserve(10)
        var (rest, used) = (UInt(bitPattern: length), 0)
        while rest >= 0x80 {
            unsafe end.storeBytes(of: UInt8(truncatingIfNeeded: rest) | 0x80, toByteOffset: used, as: UInt8.self)
            rest >>= 7
            used += 1
        }
        unsafe end.storeBytes(of: UInt8(rest), toByteOffset: used, as: UInt8.self)
        count += used + 1
    }

    @inline(never)
    private mutating func grow(_ room: Int) {
        let larger = max(capacity * 2, count + room)
        let moved = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        unsafe moved.copyMemory(from: base, byteCount: count)
        unsafe base.deallocate()
        unsafe base = moved
        capacity = larger
    }
}

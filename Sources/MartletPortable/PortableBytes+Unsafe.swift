// Relies on V1: the first `count` of `capacity` bytes at `base` are initialised, and nobody else owns them.

/// Bytes that grow at their end without being cleared first, as an array's would be.
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
    /// How many bytes there are.
    public private(set) var count = 0
    /// How many values of recursive types are being encoded inside each other.
    var depth = 0
    /// Where functions and objects go that the values refer to; nil if there must be none.
    var graph: GraphWriter?

    /// - Parameter capacity: bytes to make room for at once.
    public init(capacity: Int = 0) {
        self.capacity = max(capacity, 64)
        unsafe base = .allocate(byteCount: self.capacity, alignment: 16)
    }

    deinit { unsafe base.deallocate() }

    /// Forgets all bytes and keeps the memory.
    public mutating func removeAll() { count = 0 }

    /// Forgets the bytes behind the first `length`.
    public mutating func truncate(to length: Int) {
        precondition(length >= 0 && length <= count, "truncate(to: \(length)) of \(count) bytes")
        count = length
    }

    /// Calls `body` with the bytes, which stay where they are until it returns.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Makes sure that `room` bytes more can be written, and returns where.
    @inline(__always)
    mutating func reserve(_ room: Int) -> UnsafeMutableRawPointer {
        if capacity - count < room { grow(room) }
        return unsafe base + count
    }

    /// Counts `length` bytes that have been written where `reserve` said.
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

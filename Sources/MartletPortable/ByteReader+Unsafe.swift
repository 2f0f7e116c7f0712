// Relies on V2: `position <= count`, and every returned pointer covers only bytes before `count`.

/// A position in untrusted bytes.
@safe
struct ByteReader {
    private let base: UnsafeRawPointer
    private let count: Int
    private let type: String
    private(set) var position = 0
    /// The nesting depth of the recursive values that are being decoded.
    var depth = 0
    /// The functions and objects that the values refer to; nil if there are none.
    var graph: GraphReader?

    /// The bytes must outlive the reader. `type` is for error messages.
    init(_ bytes: UnsafeRawBufferPointer, type: String) {
        unsafe base = bytes.baseAddress ?? UnsafeRawPointer(bitPattern: 16)!
        count = bytes.count
        self.type = type
    }

    /// Reads only the bytes from `start` to `end`, which lie in these.
    func part(from start: Int, to end: Int) -> ByteReader {
        precondition(start >= 0 && start <= end && end <= count)
        var part = unsafe ByteReader(UnsafeRawBufferPointer(start: base, count: end), type: type)
        part.position = start
        part.graph = graph
        return part
    }

    var left: Int { count - position }

    func damaged(_ problem: String) -> PortableError {
        .damaged(type: type, position: position, problem: problem)
    }

    /// The next byte to read.
    @inline(__always)
    var here: UnsafeRawPointer { unsafe base + position }

    /// Advances by `length` bytes, which the caller has checked to exist.
    @inline(__always)
    mutating func skip(_ length: Int) { position += length }

    @inline(__always)
    mutating func take(_ length: Int) throws(PortableError) -> UnsafeRawPointer {
        if length > left { throw damaged("\(length) bytes should follow, \(left) do") }
        let start = unsafe here
        position += length
        return unsafe start
    }

    /// `count` items of `size` bytes each.
    mutating func take(_ count: Int, of size: Int) throws(PortableError) -> UnsafeRawPointer {
        let (length, overflow) = count.multipliedReportingOverflow(by: size)
        if overflow { throw damaged("\(count) times \(size) bytes should follow, \(left) do") }
        return try unsafe take(length)
    }

    /// A number, as written by `append(length:)`.
    @inline(__always)
    mutating func length() throws(PortableError) -> Int {
        if position < count {
            let byte = unsafe here.load(as: UInt8.self)
            if byte < 0x80 {
                position += 1
                return Int(byte)
            }
        }
        return try longLength()
    }

    private mutating func longLength() throws(PortableError) -> Int {
        var result: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try unsafe take(1).load(as: UInt8.self)
            result |= UInt64(byte & 0x7F) << shift
            shift += 7
            if byte < 0x80 { return Int(result) }
            if shift == 63 { throw damaged("a length of more than 63 bits") }
        }
    }

    /// The number of elements that follow, checked against the remaining bytes: each element takes at least `minimumBytes`.
    mutating func elementCount(minimumBytes: Int) throws(PortableError) -> Int {
        let elements = try length()
        if elements > left / max(1, minimumBytes) {
            throw damaged("\(elements) elements should follow, in \(left) bytes")
        }
        return elements
    }
}

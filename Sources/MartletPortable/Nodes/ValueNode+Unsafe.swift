// Relies on V3: a column's `count` places lie `stride` bytes apart, aligned for the node's type.

/// How a column of values is encoded: values of one type that lie `stride` bytes apart, like a field of an array's
/// elements. Nodes work by columns, so that decisions about a type are made once for a batch.
protocol ValueNode: AnyObject, Sendable {
    var facts: NodeFacts { get }

    /// Appends the values, which are only read. After an error, the caller must discard the appended bytes.
    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError)

    /// Initialises the values, or throws and leaves none initialised.
    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError)

    /// An estimate of the memory that the values refer to. They are only read, and nothing is allocated.
    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double

    /// - Units: the cost of `heapBytes` for a value that holds nothing, roughly in nanoseconds.
    var lookCost: Int { get }

    /// The extra bytes of a value when a collection in it has to move to make room for `added` elements more: the new
    /// memory is larger, and its unused part costs nothing while the old memory exists. The largest of several collections
    /// counts; nested collections do not.
    func growth(_ value: UnsafeRawPointer, adding added: Int) -> Double
}

/// The facts about a node that are known before it runs.
struct NodeFacts: Sendable {
    let witnesses: ValueWitnesses
    /// A value takes at least so many bytes.
    let minimumBytes: Int
    /// The hash of the structure, equal in every process of the same binary.
    let hash: UInt64

    init(_ type: Any.Type, minimumBytes: Int, hash: UInt64) {
        witnesses = TypeMetadata(type).witnesses
        self.minimumBytes = minimumBytes
        self.hash = hash
    }

    /// For the type of `other`.
    init(like other: NodeFacts, minimumBytes: Int, hash: UInt64) {
        witnesses = other.witnesses
        self.minimumBytes = minimumBytes
        self.hash = hash
    }
}

extension ValueNode {
    /// Values own nothing outside of themselves.
    var isFlat: Bool { facts.witnesses.isTrivial }

    var lookCost: Int { isFlat ? 0 : 20 }

    func growth(_ value: UnsafeRawPointer, adding added: Int) -> Double { 0 }

    func destroy(_ target: UnsafeMutableRawPointer, stride: Int, count: Int) {
        if facts.witnesses.isTrivial { return }
        for index in 0..<count { unsafe facts.witnesses.destroy(target + index * stride) }
    }

    /// Decodes one value after the other.
    @inline(__always)
    func decodeEach(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int,
        _ decode: (inout ByteReader, UnsafeMutableRawPointer) throws(PortableError) -> Void
    ) throws(PortableError) {
        for index in 0..<count {
            do throws(PortableError) {
                try unsafe decode(&reader, target + index * stride)
            } catch {
                unsafe destroy(target, stride: stride, count: index)
                throw error
            }
        }
    }

    /// Elements of a collection must take at least a byte each, so that their count can be checked.
    var fillsElements: Bool { facts.minimumBytes == 0 }

    /// Appends the count of a collection's elements and the elements.
    func encodeElements(
        _ source: UnsafeRawPointer?, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        bytes.append(length: count)
        guard count > 0, let source = unsafe source else { return }
        if fillsElements { unsafe bytes.extend(count).initializeMemory(as: UInt8.self, repeating: 0, count: count) }
        try unsafe encode(source, stride: facts.witnesses.stride, count: count, into: &bytes)
    }

    /// The count of elements, as written by `encodeElements`.
    func decodeElementCount(_ reader: inout ByteReader) throws(PortableError) -> Int {
        let count = try reader.elementCount(minimumBytes: facts.minimumBytes)
        if fillsElements { _ = try unsafe reader.take(count) }
        return count
    }
}

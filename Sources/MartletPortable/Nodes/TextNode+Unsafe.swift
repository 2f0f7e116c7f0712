// Relies on V3.

/// Values that are encoded as text and made from it: `Substring` and `Character`.
final class TextNode<Value: SendableMetatype>: ValueNode {
    let facts: NodeFacts
    private let name: String
    private let text: @Sendable (Value) -> String
    private let value: @Sendable (String) -> Value?
    private let heap: @Sendable (Value) -> Double
    private let strings = StringNode()

    init(
        _ name: String, heap: @escaping @Sendable (Value) -> Double, text: @escaping @Sendable (Value) -> String,
        value: @escaping @Sendable (String) -> Value?
    ) {
        facts = NodeFacts(Value.self, minimumBytes: 1, hash: StructureHash.of(name))
        self.name = name
        self.heap = heap
        self.text = text
        self.value = value
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        let string = UnsafeMutablePointer<String>.allocate(capacity: 1)
        defer { unsafe string.deallocate() }
        for index in 0..<count {
            let value = unsafe (source + index * stride).assumingMemoryBound(to: Value.self)
            unsafe string.initialize(to: text(value.pointee))
            defer { unsafe string.deinitialize(count: 1) }
            try unsafe strings.encode(string, stride: 16, count: 1, into: &bytes)
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        try unsafe decodeEach(&reader, to: target, stride: stride, count: count) {
            (reader, place) throws(PortableError) in
            let start = reader
            let string = UnsafeMutablePointer<String>.allocate(capacity: 1)
            defer { unsafe string.deallocate() }
            try unsafe strings.decode(&reader, to: string, stride: 16, count: 1)
            guard let made = value(unsafe string.move()) else { throw start.damaged("text that is no \(name)") }
            unsafe place.assumingMemoryBound(to: Value.self).initialize(to: made)
        }
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        var bytes = 0.0
        for index in 0..<count {
            bytes += unsafe heap((source + index * stride).assumingMemoryBound(to: Value.self).pointee)
        }
        return bytes
    }
}

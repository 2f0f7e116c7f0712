// Relies on V3.

/// References to objects, which are written once each.
final class ObjectNode: ValueNode {
    let facts: NodeFacts
    private let type: Any.Type
    private let path: String

    init(_ type: Any.Type, _ path: String) {
        facts = NodeFacts(type, minimumBytes: 1, hash: StructureHash.of("object"))
        self.type = type
        self.path = path
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        guard let graph = bytes.graph else { preconditionFailure("a graph's node without a graph") }
        for index in 0..<count {
            let object = unsafe source.load(fromByteOffset: index * stride, as: UnsafeRawPointer.self)
            try unsafe graph.append(object, isContext: false, path, to: &bytes)
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        guard let graph = reader.graph else { throw reader.damaged("an object without a graph") }
        try unsafe decodeEach(&reader, to: target, stride: stride, count: count) {
            (reader, place) throws(PortableError) in
            let object = try unsafe graph.reference(&reader, of: type)
            unsafe place.storeBytes(of: object, as: UnsafeRawPointer.self)
        }
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double { 0 }
}

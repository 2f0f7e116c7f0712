// Relies on V3.

/// References to objects, which are written once each.
final class ObjectNode: GraphNode {
    let facts: NodeFacts
    private let type: Any.Type
    private let path: String

    init(_ type: Any.Type, _ path: String) {
        facts = NodeFacts(type, minimumBytes: 1, hash: StructureHash.of("object"))
        self.type = type
        self.path = path
    }

    func encode(_ place: UnsafeRawPointer, _ graph: GraphWriter, into bytes: inout PortableBytes) throws(PortableError) {
        try unsafe graph.append(place.load(as: UnsafeRawPointer.self), isContext: false, path, to: &bytes)
    }

    func decode(
        _ reader: inout ByteReader, _ graph: GraphReader, to place: UnsafeMutableRawPointer
    ) throws(PortableError) {
        let object = try unsafe graph.reference(&reader, of: type)
        unsafe place.storeBytes(of: object, as: UnsafeRawPointer.self)
    }
}

// Relies on V3 and V7: a metatype begins with the address of the type's metadata.

/// Types.
final class MetatypeNode: ValueNode {
    let facts: NodeFacts
    private let type: Any.Type
    private let path: String

    /// Its values tell a type from others: those of `any P.Type` and of classes.
    static func holdsAnyType(_ type: Any.Type) -> Bool {
        let address = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
        guard unsafe address.load(as: UInt.self) == 0x304 else { return true }
        return TypeMetadata(unsafe address.load(fromByteOffset: 8, as: Any.Type.self)).kind == .object
    }

    init(_ type: Any.Type, _ path: String) {
        facts = NodeFacts(type, minimumBytes: 1, hash: StructureHash.of("metatype"))
        self.type = type
        self.path = path
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        guard let graph = bytes.graph else { preconditionFailure("a graph's node without a graph") }
        for index in 0..<count {
            do throws(PortableError) {
                try graph.append(type: unsafe source.load(fromByteOffset: index * stride, as: Any.Type.self), to: &bytes)
            } catch {
                throw error.at(path)
            }
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        guard let graph = reader.graph else { throw reader.damaged("a metatype without a graph") }
        try unsafe decodeEach(&reader, to: target, stride: stride, count: count) {
            (reader, place) throws(PortableError) in
            let found = try graph.facts.type(&reader)
            guard unsafe ExistentialNode.store(found, as: type, at: place) else {
                throw reader.damaged("\(name(of: found)) is no \(name(of: type))")
            }
        }
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double { 0 }
}

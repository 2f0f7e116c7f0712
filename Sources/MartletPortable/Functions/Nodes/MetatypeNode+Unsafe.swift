// Relies on V3 and V7: a metatype begins with the address of the type's metadata.

/// Types.
final class MetatypeNode: GraphNode {
    let facts: NodeFacts
    private let type: Any.Type
    private let path: String

    /// Whether values of the metatype can differ: true for `any P.Type` and metatypes of classes.
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

    func encode(_ place: UnsafeRawPointer, _ graph: GraphWriter, into bytes: inout PortableBytes) throws(PortableError) {
        do throws(PortableError) {
            try graph.append(type: unsafe place.load(as: Any.Type.self), to: &bytes)
        } catch {
            throw error.at(path)
        }
    }

    func decode(
        _ reader: inout ByteReader, _ graph: GraphReader, to place: UnsafeMutableRawPointer
    ) throws(PortableError) {
        let found = try graph.facts.type(&reader)
        guard unsafe ExistentialNode.store(found, as: type, at: place) else {
            throw reader.damaged("\(name(of: found)) is no \(name(of: type))")
        }
    }
}

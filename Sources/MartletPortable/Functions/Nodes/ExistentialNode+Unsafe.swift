// Relies on V3 and V7: an existential of any value begins as an `Any` does; a class existential begins with the reference.

/// How an existential stores its value.
enum ExistentialStorage {
    case opaque, object, error

    /// nil if this kind of existential has a layout of its own.
    init?(_ type: Any.Type) {
        let address = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
        if unsafe address.load(as: UInt.self) == 0x307 {
            // The shape tells how the value is stored.
            let shape = unsafe address.load(fromByteOffset: 8, as: UnsafeRawPointer.self)
            switch unsafe shape.load(as: UInt32.self) & 0xFF {
            case 0: self = .opaque
            case 1: self = .object
            default: return nil
            }
        } else {
            let flags = unsafe address.load(fromByteOffset: 8, as: UInt32.self)
            self = flags & 0x3F00_0000 != 0 ? .error : flags & 0x8000_0000 == 0 ? .object : .opaque
        }
    }
}

/// Existentials: the type of the value, and the value.
final class ExistentialNode: GraphNode {
    let facts: NodeFacts
    private let type: Any.Type
    private let path: String
    private let storage: ExistentialStorage

    /// Only classes conform to the protocol.
    var isOfClass: Bool { storage == .object }

    /// nil if this kind of existential has a layout of its own.
    init?(_ type: Any.Type, _ path: String) {
        guard let storage = ExistentialStorage(type) else { return nil }
        self.storage = storage
        facts = NodeFacts(type, minimumBytes: 1, hash: StructureHash.of("existential"))
        self.type = type
        self.path = path
    }

    func encode(_ place: UnsafeRawPointer, _ graph: GraphWriter, into bytes: inout PortableBytes) throws(PortableError) {
        switch storage {
        case .object:
            try unsafe graph.append(place.load(as: UnsafeRawPointer.self), isContext: false, path, to: &bytes)
        case .opaque: try encode(unsafe place.assumingMemoryBound(to: Any.self).pointee, graph, &bytes)
        case .error: try encode(unsafe place.assumingMemoryBound(to: (any Error).self).pointee, graph, &bytes)
        }
    }

    private func encode(_ value: Any, _ graph: GraphWriter, _ bytes: inout PortableBytes) throws(PortableError) {
        guard bytes.depth < LaterNode.depthLimit else {
            throw .unencodable(type: name(of: type), problem: "it is nested more than \(LaterNode.depthLimit) deep")
        }
        bytes.depth += 1
        defer { bytes.depth -= 1 }
        let dynamic = Swift.type(of: value)
        do throws(PortableError) {
            try graph.append(type: dynamic, to: &bytes)
            let node = try GraphNodes.node(dynamic)
            let place = unsafe Self.unpack(value, node)
            defer {
                unsafe node.destroy(place, stride: 0, count: 1)
                unsafe place.deallocate()
            }
            try unsafe node.encode(place, stride: node.facts.witnesses.stride, count: 1, into: &bytes)
        } catch {
            throw error.at(path)
        }
    }

    /// The value in memory of its own.
    private static func unpack(_ value: Any, _ node: any ValueNode) -> UnsafeMutableRawPointer {
        func unpack<Value>(_ value: Value) -> UnsafeMutableRawPointer {
            let place = UnsafeMutablePointer<Value>.allocate(capacity: 1)
            unsafe place.initialize(to: value)
            return UnsafeMutableRawPointer(place)
        }
        return unsafe _openExistential(value, do: unpack)
    }

    func decode(
        _ reader: inout ByteReader, _ graph: GraphReader, to place: UnsafeMutableRawPointer
    ) throws(PortableError) {
        let value: Any
        if storage == .object {
            let object = try unsafe graph.reference(&reader, of: nil)
            value = unsafe Unmanaged<AnyObject>.fromOpaque(object).takeRetainedValue()
        } else {
            value = try decode(&reader, graph)
        }
        guard unsafe Self.store(value, as: type, at: place) else {
            throw reader.damaged("a \(name(of: Swift.type(of: value))) is no \(name(of: type))")
        }
    }

    private func decode(_ reader: inout ByteReader, _ graph: GraphReader) throws(PortableError) -> Any {
        guard reader.depth < LaterNode.depthLimit else {
            throw reader.damaged("values nested more than \(LaterNode.depthLimit) deep")
        }
        reader.depth += 1
        defer { reader.depth -= 1 }
        let dynamic = try graph.facts.type(&reader)
        let node = try GraphNodes.node(dynamic)
        let witnesses = node.facts.witnesses
        let place = UnsafeMutableRawPointer.allocate(byteCount: max(1, witnesses.stride), alignment: witnesses.alignment)
        defer { unsafe place.deallocate() }
        try unsafe node.decode(&reader, to: place, stride: witnesses.stride, count: 1)
        func pack<Value>(_ type: Value.Type) -> Any { unsafe place.assumingMemoryBound(to: Value.self).move() }
        return _openExistential(dynamic, do: pack)
    }

    /// Returns false if the value does not have the existential's type.
    static func store(_ value: Any, as type: Any.Type, at place: UnsafeMutableRawPointer) -> Bool {
        func store<Existential>(_ type: Existential.Type) -> Bool {
            guard let value = value as? Existential else { return false }
            unsafe place.assumingMemoryBound(to: Existential.self).initialize(to: value)
            return true
        }
        return _openExistential(type, do: store)
    }
}

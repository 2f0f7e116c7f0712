import Synchronization

/// The nodes of graphs, made once per type.
enum GraphNodes {
    private static let nodes = Mutex<[ObjectIdentifier: any ValueNode]>([:])
    private static let known = Mutex<[ObjectIdentifier: (any ValueNode)?]>([:])

    /// The node of a value in a graph. Paths in its errors begin at the value.
    static func node(_ type: Any.Type) throws(PortableError) -> any ValueNode {
        if let made = nodes.withLock({ $0[ObjectIdentifier(type)] }) { return made }
        var compiler = NodeCompiler(for: .graph)
        let made = try compiler.node(type, "")
        nodes.withLock { $0[ObjectIdentifier(type)] = made }
        return made
    }

    /// The node of a type that contains only values; nil for other types.
    static func values(_ type: Any.Type) -> (any ValueNode)? {
        if let made = known.withLock({ $0[ObjectIdentifier(type)] }) { return made }
        var compiler = NodeCompiler(for: .values)
        let made = try? compiler.node(type, "")
        let node = made.map { $0.isFlat ? $0 : SharedValueNode($0) }
        known.withLock { $0[ObjectIdentifier(type)] = .some(node) }
        return node
    }

    /// The node of a type that graphs treat specially; nil for other types.
    static func special(_ type: Any.Type, _ path: String) throws(PortableError) -> (any ValueNode)? {
        let metadata = TypeMetadata(type)
        switch metadata.kind {
        case .object: return travels(type) ? ObjectNode(type, path) : nil
        case .function: return try FunctionNode.node(type, path)
        default: return (type as? any PortableHandle.Type).map { handleNode($0) }
        }
    }

    /// The node of metatypes, and of values whose types are known only at run time; nil for other types.
    static func dynamic(_ type: Any.Type, _ path: String) -> (any ValueNode)? {
        switch TypeMetadata(type).kind {
        case .existential: ExistentialNode(type, path)
        // A metatype with a single value takes no memory in some places and a word in others.
        case .metatype: MetatypeNode.holdsAnyType(type) ? MetatypeNode(type, path) : nil
        default: nil
        }
    }

    /// Whether instances of the class can travel in graphs.
    private static func travels(_ type: Any.Type) -> Bool {
        type is any PortableHandle.Type || type is any PortableObject.Type
            || type is any (Decodable & Encodable).Type || type is AnyKeyPath.Type
    }

    /// The node of an object that is decoded as a whole, from its own bytes.
    static func whole(_ type: Any.Type) throws(PortableError) -> any ValueNode {
        if let handle = type as? any PortableHandle.Type { return handleNode(handle) }
        guard TypeMetadata(type).kind == .object else { return try node(type) }
        guard let codable = type as? any (Decodable & Encodable).Type else {
            throw .unsupported(path: "", problem: "\(name(of: type)) is a class without Codable")
        }
        return SharedValueNode(try codableNode(codable))
    }

    private static func handleNode(_ type: any PortableHandle.Type) -> any ValueNode {
        func make<Handle: PortableHandle>(_ type: Handle.Type) -> any ValueNode { HandleNode<Handle>() }
        return make(type)
    }
}

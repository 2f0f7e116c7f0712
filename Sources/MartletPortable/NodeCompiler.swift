/// Determines, once per type, how its values are encoded.
struct NodeCompiler {
    private var inProgress: [ObjectIdentifier: LaterNode] = [:]
    private var done: [ObjectIdentifier: any ValueNode] = [:]
    private var depth = 0
    private let purpose: Purpose
    /// A type was refused that can travel in a graph.
    private(set) var sawGraph = false

    enum Purpose {
        /// Rows: only values.
        case rows
        /// The parts of a graph that contain no functions or objects. Classes are refused even if they are `Codable`, so
        /// that each object is written once.
        case values
        /// Functions, objects, existentials and the types that hold them.
        case graph
    }

    init(for purpose: Purpose = .rows) { self.purpose = purpose }

    /// Types nested deeper are refused: `enum List<T> { indirect case node(T, List<[T]>) }` would never end.
    private static let depthLimit = 200

    /// - Parameter path: the path to `type`, for error messages.
    mutating func node(_ type: Any.Type, _ path: String) throws(PortableError) -> any ValueNode {
        if purpose == .graph, let values = GraphNodes.values(type) { return values }
        if let known = KnownTypes.node(type) { return known }
        if let made = done[ObjectIdentifier(type)] { return made }
        if let later = inProgress[ObjectIdentifier(type)] { return later }
        guard depth < Self.depthLimit else {
            throw .unsupported(path: path, problem: "types are nested more than \(Self.depthLimit) deep")
        }
        let later = LaterNode(type, name: name(of: type))
        inProgress[ObjectIdentifier(type)] = later
        depth += 1
        defer {
            inProgress[ObjectIdentifier(type)] = nil
            depth -= 1
        }
        let made: any ValueNode
        do throws(PortableError) {
            made = try structural(type, path)
        } catch {
            // The nodes made so far may refer to unfinished types.
            done = [:]
            // A `Codable` type can travel whatever its structure.
            guard let codable = type as? any (Decodable & Encodable).Type, purpose == .rows || !sawGraph else { throw error }
            made = try codableNode(codable)
        }
        later.target = made
        // Nodes of graphs contain the path to them.
        if purpose != .graph { done[ObjectIdentifier(type)] = made }
        return made
    }

    /// The node of a set's elements or a dictionary's keys: they must be complete before they are inserted.
    mutating func key(_ type: Any.Type, _ path: String) throws(PortableError) -> any ValueNode {
        guard purpose == .graph else { return try node(type, path) }
        var compiler = NodeCompiler()
        return try compiler.node(type, path)
    }

    private mutating func structural(_ type: Any.Type, _ path: String) throws(PortableError) -> any ValueNode {
        if purpose == .graph, let node = GraphNodes.dynamic(type, path) { return node }
        if purpose != .rows, let node = try GraphNodes.special(type, path) {
            if purpose == .graph { return node }
            sawGraph = true
            throw .unsupported(path: path, problem: "\(name(of: type)) travels only in a graph")
        }
        if let shape = type as? any NodeShape.Type { return try shape.node(&self, path) }
        let metadata = TypeMetadata(type)
        let refused: String
        switch metadata.kind {
        case .object where purpose == .graph: throw .unsupported(path: path, problem: ObjectForm.refusal(of: type))
        case .structure, .enumeration, .tuple:
            // Their metadata describes their memory as empty.
            guard !_typeName(type).hasPrefix("Synchronization.") else {
                throw .unsupported(path: path, problem: "\(name(of: type)) is memory that threads share, and stays where it is")
            }
            guard metadata.witnesses.movesAsBits else {
                throw .unsupported(path: path, problem: "\(name(of: type)) holds a weak reference")
            }
            let node = try metadata.kind == .enumeration ? cases(metadata, path) : record(metadata, path)
            return (type as? any CheckedShape.Type)?.checked(node) ?? node
        case .object: refused = "is a class without Codable"
        case .function: refused = "is a function"
        case .existential: refused = "is a protocol's existential, whose type is known only at run time"
        case .metatype: refused = "is a metatype"
        case .other: refused = "is of a kind that has no encoding"
        }
        throw .unsupported(path: path, problem: "\(name(of: type)) \(refused)")
    }

    private mutating func record(_ metadata: TypeMetadata, _ path: String) throws(PortableError) -> any ValueNode {
        let isTuple = metadata.kind == .tuple
        guard let fields = isTuple ? metadata.elements : metadata.storedProperties else {
            throw .unsupported(path: path, problem: "\(name(of: metadata.type)) has no records of its properties")
        }
        // Locks and atomics do not describe their content.
        guard !fields.isEmpty || metadata.witnesses.size == 0 else {
            throw .unsupported(path: path, problem: "\(name(of: metadata.type)) does not show what it holds")
        }
        if fields.isEmpty, metadata.witnesses.size > 0 {
            throw .unsupported(path: path, problem: "\(name(of: metadata.type)) does not say what is in it")
        }
        var hash = StructureHash(isTuple ? "tuple" : "struct \(metadata.name)")
        var columns: [(offset: Int, node: any ValueNode)] = []
        for field in fields {
            let node = try part(field, of: metadata, path)
            hash.add(field.name)
            hash.add(node.facts.hash)
            append(node, at: field.offset, to: &columns)
        }
        if columns.count == 1, columns[0].offset == 0, let bits = columns[0].node as? BitsNode {
            return BitsNode(metadata.type, size: bits.size, hash: hash.value)
        }
        return RecordNode(metadata.type, columns, hash: hash.value)
    }

    /// Neighbouring plain bits become one column; the name of the type of such a column does not matter.
    private func append(
        _ node: any ValueNode, at offset: Int, to columns: inout [(offset: Int, node: any ValueNode)]
    ) {
        if let bits = node as? BitsNode, let last = columns.last, let before = last.node as? BitsNode,
            last.offset + before.size == offset
        {
            columns[columns.count - 1].node = BitsNode(Void.self, size: before.size + bits.size, hash: 0)
        } else {
            columns.append((offset, node))
        }
    }

    private mutating func cases(_ metadata: TypeMetadata, _ path: String) throws(PortableError) -> any ValueNode {
        guard let (all, payloadCount) = metadata.cases else {
            throw .unsupported(path: path, problem: "\(name(of: metadata.type)) has no records of its cases")
        }
        guard metadata.witnesses.knowsCases || all.isEmpty || payloadCount == 1 && !all[0].isIndirect else {
            throw .unsupported(path: path, problem: "\(name(of: metadata.type)) does not tell its cases apart")
        }
        var hash = StructureHash("enum \(metadata.name)")
        var payloads: [any ValueNode] = []
        for (tag, field) in all.enumerated() {
            hash.add(field.name)
            guard tag < payloadCount else { continue }
            let content = try part(field, of: metadata, path)
            payloads.append(field.isIndirect ? BoxNode(field.type!, content) : content)
            hash.add(payloads[tag].facts.hash)
        }
        return EnumNode(metadata.type, caseCount: all.count, payloads: payloads, hash: hash.value)
    }

    private mutating func part(
        _ field: Field, of whole: TypeMetadata, _ path: String
    ) throws(PortableError) -> any ValueNode {
        let here = "\(path).\(field.name)"
        if let reference = field.reference {
            throw .unsupported(path: here, problem: "it is \(reference), and would refer to nothing elsewhere")
        }
        if let builtin = field.builtin {
            guard let node = KnownTypes.builtin(builtin, field.type) else {
                throw .unsupported(path: path, problem: "\(name(of: whole.type)) holds an address of this process")
            }
            return node
        }
        guard let type = field.type else {
            throw .unsupported(path: here, problem: "the runtime does not find its type")
        }
        return try node(type, here)
    }
}

/// A type's name for error messages.
func name(of type: Any.Type) -> String { _typeName(type, qualified: false) }

// Relies on V3. `target` is set once, before the coder that holds the node is shared, hence the unchecked Sendable.

/// Stands for the node of a type inside itself, and counts the nesting depth of values, since the stack is finite.
final class LaterNode: ValueNode, @unchecked Sendable {
    let facts: NodeFacts
    private let name: String
    var target: (any ValueNode)?

    /// Values nested deeper are refused.
    static let depthLimit = 500

    init(_ type: Any.Type, name: String) {
        facts = NodeFacts(type, minimumBytes: 0, hash: StructureHash.of("again \(name)"))
        self.name = name
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        guard bytes.depth < Self.depthLimit else {
            throw .unencodable(type: name, problem: "it is nested more than \(Self.depthLimit) deep")
        }
        bytes.depth += 1
        defer { bytes.depth -= 1 }
        try unsafe target!.encode(source, stride: stride, count: count, into: &bytes)
    }

    func decode(
        _ reader: inout ByteReader, to place: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        guard reader.depth < Self.depthLimit else {
            throw reader.damaged("values nested more than \(Self.depthLimit) deep")
        }
        reader.depth += 1
        defer { reader.depth -= 1 }
        try unsafe target!.decode(&reader, to: place, stride: stride, count: count)
    }

    /// Values nested too deep to be encoded are not counted.
    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        guard visit.depth < Self.depthLimit else { return 0 }
        visit.depth += 1
        defer { visit.depth -= 1 }
        return unsafe target!.heapBytes(source, stride: stride, count: count, &visit)
    }
}

// Relies on V3 and V11: a function value is the address of its code and a reference to its context, which may be null.

/// Function values.
final class FunctionNode: GraphNode {
    let facts: NodeFacts
    private let path: String
    /// C functions have none.
    private let hasContext: Bool

    /// For captured functions, whose type does not matter.
    static let captured = FunctionNode((() -> Void).self, "", hasContext: true)
    static let capturedAddress = FunctionNode((@convention(c) () -> Void).self, "", hasContext: false)

    static func node(_ type: Any.Type, _ path: String) throws(PortableError) -> FunctionNode {
        let address = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
        let flags = unsafe address.load(fromByteOffset: 8, as: UInt.self)
        guard flags & 0x2000_0000 == 0 else {
            throw .unsupported(path: path, problem: "\(name(of: type)) is async: only functions that do not wait can travel")
        }
        return FunctionNode(type, path, hasContext: flags >> 16 & 0xFF == 0)
    }

    private init(_ type: Any.Type, _ path: String, hasContext: Bool) {
        facts = NodeFacts(type, minimumBytes: hasContext ? 3 : 2, hash: StructureHash.of("function"))
        self.path = path
        self.hasContext = hasContext
    }

    func encode(_ place: UnsafeRawPointer, _ graph: GraphWriter, into bytes: inout PortableBytes) throws(PortableError) {
        guard unsafe graph.facts.append(place.load(as: UnsafeRawPointer.self), .code, to: &bytes) else {
            throw .unsupported(path: path, problem: "the function's code is not part of the program or a library")
        }
        guard hasContext else { return }
        let context = unsafe place.load(fromByteOffset: 8, as: UnsafeRawPointer?.self)
        try unsafe graph.append(context, isContext: true, path, to: &bytes)
    }

    func decode(
        _ reader: inout ByteReader, _ graph: GraphReader, to place: UnsafeMutableRawPointer
    ) throws(PortableError) {
        let code = try unsafe graph.facts.address(&reader, .code)
        unsafe place.storeBytes(of: code, as: UnsafeRawPointer.self)
        guard hasContext else { return }
        let context = try unsafe graph.reference(&reader)
        unsafe place.storeBytes(of: context, toByteOffset: 8, as: UnsafeRawPointer?.self)
    }
}

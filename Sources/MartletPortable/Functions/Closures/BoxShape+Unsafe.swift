// Relies on V7 and V11.

/// The layout and contents of the boxes of one closure.
struct BoxShape {
    let index: Int
    let parts: [ObjectPart]
    /// The values in the box, besides its metadata and bindings, that determine the shape.
    let probes: [CaptureProbe]

    /// Appends the shape: the box's metadata, its bindings, the kinds and types of its captures.
    init(
        _ object: UnsafeRawPointer, _ box: ClosureBox, index: Int, _ facts: inout FactWriter,
        into bytes: inout PortableBytes
    ) throws(PortableError) {
        self.index = index
        let kinds: [CaptureKind]
        let found = unsafe CaptureTypes.find(in: object, box)
        probes = found.probes
        do throws(CaptureTypes.Failure) {
            kinds = try found.kinds.get()
        } catch {
            throw .unsupported(path: "capture \(error.capture)", problem: error.problem)
        }
        var layout = BoxLayout(box)
        var parts: [ObjectPart] = []
        for (number, kind) in kinds.enumerated() {
            let offset = layout.place(kind)
            if let part = try ObjectPart.of(kind, number, offset, of: kinds.count) { parts.append(part) }
        }
        self.parts = parts
        guard unsafe facts.append(box.metadata, .data, to: &bytes) else {
            throw .unsupported(path: "", problem: "the closure is not part of the program or a library")
        }
        bytes.append(length: box.bindingCount)
        try unsafe Self.append(box.bindings(of: object), kinds, &facts, to: &bytes)
        bytes.append(length: kinds.count)
        for (number, kind) in kinds.enumerated() {
            bytes.append(length: kind.number)
            guard case .value(let type) = kind else { continue }
            do throws(PortableError) {
                bytes.append(length: try facts.required(type))
            } catch {
                throw error.at("capture \(number)")
            }
        }
    }

    private static func append(
        _ bindings: [(word: UnsafeRawPointer, isType: Bool)], _ kinds: [CaptureKind], _ facts: inout FactWriter,
        to bytes: inout PortableBytes
    ) throws(PortableError) {
        guard unsafe !bindings.isEmpty else { return }
        var types = unsafe bindings.filter { unsafe $0.isType }.map { unsafe unsafeBitCast($0.word, to: Any.Type.self) }
        for case .value(let type) in kinds { types.append(type) }
        let tables = unsafe bindings.filter { unsafe !$0.isType }.map { unsafe $0.word }
        let candidates = unsafe tables.isEmpty ? [] : WitnessTables.candidates(types, tables: tables)
        for unsafe (word, isType) in unsafe bindings {
            let found = unsafe isType
                ? facts.index(of: unsafeBitCast(word, to: Any.Type.self)) : facts.index(of: word, among: candidates)
            guard let found else {
                let problem = unsafe isType
                    ? FactWriter.problem(unsafeBitCast(word, to: Any.Type.self))
                    : "it depends on a conformance that another process would not find"
                throw .unsupported(path: "", problem: problem)
            }
            bytes.append(length: found)
        }
    }
}

extension ObjectPart {
    /// A capture; nil if it takes no memory.
    static func of(
        _ kind: CaptureKind, _ number: Int, _ offset: Int, of count: Int
    ) throws(PortableError) -> ObjectPart? {
        let name = "capture \(number)"
        switch kind {
        case .nothing: return nil
        // The compiler wraps closures in closures of its own: these are left out of the path.
        case .function where count == 1: return ObjectPart(name: "", offset: offset, node: FunctionNode.captured)
        case .function: return ObjectPart(name: name, offset: offset, node: FunctionNode.captured)
        case .address: return ObjectPart(name: name, offset: offset, node: FunctionNode.capturedAddress)
        case .value(let type):
            do throws(PortableError) {
                return ObjectPart(name: name, offset: offset, node: try GraphNodes.node(type))
            } catch {
                throw error.at(name)
            }
        }
    }
}

extension CaptureKind {
    var number: Int {
        switch self {
        case .nothing: 0
        case .function: 1
        case .address: 2
        case .value: 3
        }
    }
}

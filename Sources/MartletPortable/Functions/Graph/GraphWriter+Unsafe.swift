import CMartletRuntime

// Relies on V9, V11 and V12: the writer retains objects until it is destroyed, so that no two objects have the same
// address.

/// Collects functions and objects while a value is encoded: each object is written once, after the first reference to it.
@safe
final class GraphWriter {
    let session: PortableSession
    /// Only checks whether everything can travel.
    let isChecking: Bool
    var facts = FactWriter()
    private(set) var shapes = PortableBytes()
    private var boxes: [BoxKey: BoxVariants<BoxShape>] = [:]
    private(set) var shapeCount = 0
    private var layouts: [ObjectIdentifier: ClassLayout] = [:]
    private(set) var objects: [WrittenObject] = []
    private(set) var headers = PortableBytes()
    private var indices: [UnsafeRawPointer: Int] = unsafe [:]
    private(set) var sharedValues = SharedValueWriter()
    /// The object that is being encoded, or -1, and its current part.
    private var current = -1
    private var column = ""

    init(_ session: PortableSession, isChecking: Bool) {
        self.session = session
        self.isChecking = isChecking
    }

    deinit {
        for object in objects { unsafe martlet_release(UnsafeMutableRawPointer(mutating: object.address)) }
    }

    /// Encodes the value at `place` and then all objects that it refers to. Returns the lengths of the bodies, the value's
    /// first.
    func encode(
        _ place: UnsafeRawPointer, _ node: any ValueNode, _ path: String, into bytes: inout PortableBytes
    ) throws(PortableError) -> [Int] {
        bytes.graph = self
        defer { bytes.graph = nil }
        var lengths: [Int] = []
        var start = bytes.count
        while true {
            if current < 0 {
                try unsafe encode(place, node, column: path, into: &bytes)
            } else {
                try encode(objects[current], into: &bytes)
            }
            lengths.append(bytes.count - start)
            start = bytes.count
            if isChecking { bytes.removeAll(); start = 0 }
            current += 1
            if current == objects.count { return lengths }
        }
    }

    private func encode(_ object: WrittenObject, into bytes: inout PortableBytes) throws(PortableError) {
        switch object.content {
        case .parts(let parts):
            for part in parts {
                try unsafe encode(object.address + part.offset, part.node, column: part.name, into: &bytes)
            }
        case .whole(let node):
            var word = unsafe object.address
            try unsafe withUnsafePointer(to: &word) { (place) throws(PortableError) in
                try unsafe encode(UnsafeRawPointer(place), node, column: "", into: &bytes)
            }
        case .header: break
        }
    }

    private func encode(
        _ place: UnsafeRawPointer, _ node: any ValueNode, column: String, into bytes: inout PortableBytes
    ) throws(PortableError) {
        self.column = column
        do throws(PortableError) {
            try unsafe node.encode(place, stride: node.facts.witnesses.stride, count: 1, into: &bytes)
        } catch {
            throw error.at(GraphPath.join(path(of: current), column))
        }
    }

    /// The path from the value to an object.
    private func path(of object: Int) -> String {
        var places: [String] = []
        var next = object
        while next >= 0 {
            places.append(objects[next].place)
            next = objects[next].parent
        }
        return GraphPath.join(all: places.reversed())
    }

    /// Appends a reference to an object.
    ///
    /// - Parameters:
    ///   - isContext: the object is a function's context.
    ///   - path: the place of the reference in the part that is being encoded.
    func append(
        _ object: UnsafeRawPointer?, isContext: Bool, _ path: String, to bytes: inout PortableBytes
    ) throws(PortableError) {
        guard let object = unsafe object else { return bytes.append(length: 0) }
        if let known = unsafe indices[object] { return bytes.append(length: known + 1) }
        var place = path
        let content: WrittenObject.Content
        do throws(PortableError) {
            let kind = unsafe object.load(as: UnsafeRawPointer.self).load(as: UInt.self)
            // A context that is not a box is the only capture.
            if isContext, kind != ClosureBox.kind { place = GraphPath.join(place, "capture 0") }
            switch kind {
            case ClosureBox.kind: content = try unsafe box(object)
            case ClosureBox.errorKind: content = try whole((any Error).self)
            case 0, 0x800...: content = try unsafe instance(object)
            default: throw .unsupported(path: "", problem: CaptureTypes.boxProblem)
            }
        } catch {
            throw error.at(place)
        }
        let index = objects.count
        unsafe martlet_retain(UnsafeMutableRawPointer(mutating: object))
        unsafe indices[object] = index
        objects.append(
            unsafe WrittenObject(
                address: object, content: content, parent: current, place: GraphPath.join(column, place)))
        bytes.append(length: index + 1)
    }

    private func box(_ object: UnsafeRawPointer) throws(PortableError) -> WrittenObject.Content {
        let metadata = unsafe object.load(as: UnsafeRawPointer.self)
        guard let box = unsafe ClosureBox(metadata: metadata) else {
            throw .unsupported(
                path: "", problem: "the compiler left no record of the captures: build without -disable-reflection-metadata")
        }
        let key = unsafe BoxKey(box, object)
        let shape: BoxShape
        if let known = unsafe boxes[key]?.value(for: object) {
            shape = known
        } else {
            shape = try unsafe BoxShape(object, box, index: shapeCount, &facts, into: &shapes)
            boxes[key, default: BoxVariants()].insert(shape, shape.probes)
            shapeCount += 1
        }
        headers.append(.box)
        headers.append(length: shape.index)
        return .parts(shape.parts)
    }

    private func instance(_ object: UnsafeRawPointer) throws(PortableError) -> WrittenObject.Content {
        let type: AnyClass = unsafe Swift.type(of: unsafeBitCast(object, to: AnyObject.self))
        switch try ObjectForm.of(type) {
        case .constant:
            headers.append(.constant)
            guard unsafe facts.append(object, .data, to: &headers) else {
                throw .unsupported(path: "", problem: "\(name(of: type)) is not part of the program or a library")
            }
            return .header
        case .keyPath:
            headers.append(.keyPath)
            try append(type: type)
            try unsafe KeyPathForm.append(object, &facts, to: &headers)
            return .header
        case .instance:
            let layout = try layout(of: type)
            headers.append(.instance)
            try append(type: type)
            return .parts(layout.parts)
        case .whole(let valueType): return try whole(valueType)
        }
    }

    private func whole(_ type: Any.Type) throws(PortableError) -> WrittenObject.Content {
        let node = try GraphNodes.whole(type)
        headers.append(.whole)
        try append(type: type)
        return .whole(node)
    }

    private func layout(of type: AnyClass) throws(PortableError) -> ClassLayout {
        if let known = layouts[ObjectIdentifier(type)] { return known }
        let made = try ClassLayout(type)
        layouts[ObjectIdentifier(type)] = made
        return made
    }

    private func append(type: Any.Type) throws(PortableError) {
        headers.append(length: try facts.required(type))
    }

    /// Appends a type's number to `bytes`.
    func append(type: Any.Type, to bytes: inout PortableBytes) throws(PortableError) {
        bytes.append(length: try facts.required(type))
    }

    /// The part that was made earlier from the same value.
    func sharedValue(of place: UnsafeRawPointer, _ node: any ValueNode) -> PortableHash? { unsafe sharedValues.known(place, node) }

    func add(_ part: consuming PortableBytes, of place: UnsafeRawPointer, _ node: any ValueNode) -> PortableHash {
        unsafe sharedValues.add(part, of: place, node)
    }
}

extension FactWriter {
    static func problem(_ type: Any.Type) -> String {
        "\(name(of: type)) is a type that another process would not find: use another type"
    }

    /// The number of a type's form.
    mutating func required(_ type: Any.Type) throws(PortableError) -> Int {
        guard let index = index(of: type) else {
            throw .unsupported(path: "", problem: Self.problem(type))
        }
        return index
    }
}

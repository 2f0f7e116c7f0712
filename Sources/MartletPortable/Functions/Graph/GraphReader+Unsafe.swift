import CMartletRuntime

// Relies on V10 and V12: all objects are allocated before any is filled; a reference holds its object; the reader holds
// each object once until all are filled.

/// Provides functions and objects while a value is decoded.
@safe
final class GraphReader {
    let session: PortableSession
    let facts: FactReader
    private let shapes: [ReadShape]
    private var objects: [ReadObject] = []
    private let parts: (PortableHash) throws -> [UInt8]
    private var loaded: [PortableHash: [UInt8]] = [:]
    private var depth = 0

    /// Reads everything before the bodies.
    init(
        _ reader: inout ByteReader, _ session: PortableSession, _ parts: @escaping (PortableHash) throws -> [UInt8]
    ) throws(PortableError) {
        self.session = session
        self.parts = parts
        facts = try FactReader(&reader)
        var shapes: [ReadShape] = []
        for _ in 0..<(try reader.elementCount(minimumBytes: 4)) { try shapes.append(ReadShape(&reader, facts)) }
        self.shapes = shapes
        for _ in 0..<(try reader.elementCount(minimumBytes: 1)) {
            try objects.append(ReadObject(&reader, facts, shapes))
        }
    }

    /// The number of bodies that follow, besides the value's.
    var objectCount: Int { objects.count }

    /// Decodes the value at `place` and all objects, or leaves neither.
    ///
    /// - Parameter lengths: of the bodies, which begin at the reader's position; the value's is the first.
    func decode(
        _ reader: inout ByteReader, lengths: [Int], _ node: any ValueNode, to place: UnsafeMutableRawPointer
    ) throws(PortableError) {
        reader.graph = self
        defer { reader.graph = nil }
        var bodies: [ByteReader] = []
        for length in lengths {
            guard length <= reader.left else { throw reader.damaged("\(length) bytes should follow, \(reader.left) do") }
            bodies.append(reader.part(from: reader.position, to: reader.position + length))
            reader.skip(length)
        }
        for index in objects.indices { objects[index].body = bodies[index + 1] }
        defer { for index in objects.indices { objects[index].body?.graph = nil } }
        for index in objects.indices { objects[index].allocate() }
        do throws(PortableError) {
            // Later objects tend to be parts of earlier ones.
            for index in objects.indices.reversed() { try make(index) }
            for index in objects.indices { try fill(index) }
            var body = bodies[0]
            try unsafe node.decode(&body, to: place, stride: node.facts.witnesses.stride, count: 1)
            guard body.left == 0 else {
                unsafe node.destroy(place, stride: 0, count: 1)
                throw body.damaged("\(body.left) bytes too many")
            }
        } catch {
            takeBack()
            throw error
        }
        for object in objects { unsafe martlet_release(object.address!) }
    }

    /// Makes an object that is decoded as a whole, after the objects in it.
    private func make(_ index: Int) throws(PortableError) {
        guard case .whole(let node) = objects[index].content, unsafe objects[index].address == nil else { return }
        var body = objects[index].body!
        guard !objects[index].isOpen, depth < LaterNode.depthLimit else {
            throw body.damaged("objects are made of each other, or nested too deep")
        }
        objects[index].isOpen = true
        depth += 1
        defer { depth -= 1 }
        var word: UnsafeMutableRawPointer?
        try unsafe withUnsafeMutablePointer(to: &word) { (place) throws(PortableError) in
            try unsafe node.decode(&body, to: UnsafeMutableRawPointer(place), stride: 8, count: 1)
        }
        guard let made = unsafe word else { throw body.damaged("no object") }
        unsafe objects[index].address = made
        guard body.left == 0 else { throw body.damaged("\(body.left) bytes too many") }
    }

    private func fill(_ index: Int) throws(PortableError) {
        guard case .parts(let parts) = objects[index].content, let object = unsafe objects[index].address else { return }
        var body = objects[index].body!
        for part in parts {
            let place = unsafe object + part.offset
            try unsafe part.node.decode(&body, to: place, stride: part.node.facts.witnesses.stride, count: 1)
            objects[index].filledCount += 1
        }
        guard body.left == 0 else { throw body.damaged("\(body.left) bytes too many") }
    }

    /// Destroys the decoded objects. Objects that have other references by now are left, since they are incomplete.
    private func takeBack() {
        for object in objects {
            guard case .parts(let parts) = object.content, let address = unsafe object.address else { continue }
            for part in parts.prefix(object.filledCount) {
                unsafe part.node.destroy(address + part.offset, stride: 0, count: 1)
            }
        }
        for object in objects {
            guard let address = unsafe object.address else { continue }
            guard case .parts = object.content else {
                unsafe martlet_release(address)
                continue
            }
            guard unsafe martlet_retain_count(address) == 1 else { continue }
            unsafe martlet_deallocate_object(address, object.size, object.alignmentMask)
        }
    }

    /// The referenced object, retained once for the reference; nil for a null reference.
    func reference(_ reader: inout ByteReader) throws(PortableError) -> UnsafeRawPointer? {
        let number = try reader.length()
        guard number > 0 else { return nil }
        guard number <= objects.count else { throw reader.damaged("object \(number) of \(objects.count)") }
        try make(number - 1)
        let address = unsafe objects[number - 1].address!
        unsafe martlet_retain(address)
        return UnsafeRawPointer(address)
    }

    /// A reference to an instance of `type`, or of any class.
    func reference(_ reader: inout ByteReader, of type: Any.Type?) throws(PortableError) -> UnsafeRawPointer {
        guard let object = try unsafe reference(&reader) else { throw reader.damaged("no object") }
        let metadata = unsafe object.load(as: UnsafeRawPointer.self)
        if unsafe metadata.load(as: UInt.self) != ClosureBox.kind {
            var next: AnyClass? = unsafe Swift.type(of: unsafeBitCast(object, to: AnyObject.self))
            while let current = next {
                if type == nil || current == type { return unsafe object }
                next = _getSuperclass(current)
            }
        }
        unsafe martlet_release(UnsafeMutableRawPointer(mutating: object))
        throw reader.damaged("an object that is no \(type.map { name(of: $0) } ?? "instance of a class")")
    }

    /// A part that travels by itself.
    func sharedValue(_ hash: PortableHash) throws(PortableError) -> [UInt8] {
        if let known = loaded[hash] { return known }
        do {
            let bytes = try parts(hash)
            loaded[hash] = bytes
            return bytes
        } catch {
            throw .sharedValue(hash: hash, cause: error)
        }
    }
}

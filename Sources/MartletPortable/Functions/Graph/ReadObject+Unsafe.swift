import CMartletRuntime

// Relies on V10 and V11: a box is only made from metadata that declares a box with the expected number of captures.

/// The layout and contents of the boxes of one closure, read from bytes.
@safe
struct ReadShape {
    let metadata: UnsafeRawPointer
    let bindings: [UnsafeRawPointer]
    let bindingOffset: Int
    let parts: [ObjectPart]
    let size: Int
    let alignmentMask: Int

    init(_ reader: inout ByteReader, _ facts: FactReader) throws(PortableError) {
        let address = try unsafe facts.address(&reader, .data)
        guard UInt(bitPattern: address) & 7 == 0, unsafe address.load(as: UInt.self) == ClosureBox.kind,
            let box = unsafe ClosureBox(metadata: address)
        else { throw reader.damaged("no closure of the program") }
        unsafe metadata = address
        bindingOffset = box.firstOffset
        var bindings: [UnsafeRawPointer] = unsafe []
        for _ in 0..<(try reader.elementCount(minimumBytes: 1)) {
            try unsafe bindings.append(facts.fact(&reader, isType: nil))
        }
        unsafe self.bindings = bindings
        let captureCount = try reader.elementCount(minimumBytes: 1)
        guard unsafe bindings.count == box.bindingCount, captureCount == box.captureCount else {
            throw reader.damaged("\(captureCount) captures for a closure with \(box.captureCount)")
        }
        var layout = BoxLayout(box)
        var parts: [ObjectPart] = []
        for number in 0..<captureCount {
            let kind = try Self.kind(&reader, facts)
            let offset = layout.place(kind)
            if let part = try ObjectPart.of(kind, number, offset, of: captureCount) { parts.append(part) }
        }
        self.parts = parts
        size = layout.size
        alignmentMask = layout.alignment - 1
    }

    private static func kind(_ reader: inout ByteReader, _ facts: FactReader) throws(PortableError) -> CaptureKind {
        switch try reader.length() {
        case 0: return .nothing
        case 1: return .function
        case 2: return .address
        case 3: return .value(try facts.type(&reader))
        case let other: throw reader.damaged("a capture of kind \(other)")
        }
    }
}

/// An object that is being read.
@safe
struct ReadObject {
    let content: WrittenObject.Content
    private(set) var size = 0
    private(set) var alignmentMask = 0
    private var metadata: UnsafeRawPointer?
    private var shape: ReadShape?
    /// nil until it is made.
    var address: UnsafeMutableRawPointer?
    var body: ByteReader?
    /// It is being made.
    var isOpen = false
    /// How many of its parts are initialised.
    var filledCount = 0

    init(_ reader: inout ByteReader, _ facts: FactReader, _ shapes: [ReadShape]) throws(PortableError) {
        let number = try reader.length()
        guard number < 256, let header = WrittenObject.Header(rawValue: UInt8(number)) else {
            throw reader.damaged("an object of kind \(number)")
        }
        switch header {
        case .box:
            let index = try reader.length()
            guard index < shapes.count else { throw reader.damaged("closure \(index) of \(shapes.count)") }
            let shape = shapes[index]
            content = .parts(shape.parts)
            (size, alignmentMask) = (shape.size, shape.alignmentMask)
            unsafe metadata = shape.metadata
            self.shape = shape
        case .instance:
            guard let type = try facts.type(&reader) as? any PortableObject.Type else {
                throw reader.damaged("an object of a class that does not travel so")
            }
            let layout = try ClassLayout(type)
            content = .parts(layout.parts)
            (size, alignmentMask) = (layout.size, layout.alignmentMask)
            unsafe metadata = unsafeBitCast(type as Any.Type, to: UnsafeRawPointer.self)
        case .whole:
            let type = try facts.type(&reader)
            guard TypeMetadata(type).witnesses.size == 8 else { throw reader.damaged("a value that is no object") }
            content = .whole(try GraphNodes.whole(type))
        case .constant:
            content = .header
            let object = try unsafe facts.address(&reader, .data)
            guard UInt(bitPattern: object) & 7 == 0 else { throw reader.damaged("no object") }
            unsafe address = UnsafeMutableRawPointer(mutating: object)
        case .keyPath:
            content = .header
            let type = try facts.type(&reader)
            unsafe address = try KeyPathForm.make(type, &reader, facts)
        }
    }

    /// Allocates an object that is filled later.
    mutating func allocate() {
        guard let metadata = unsafe metadata else { return }
        let object = unsafe martlet_allocate_object(metadata, size, alignmentMask)!
        if let shape {
            for unsafe (index, word) in unsafe shape.bindings.enumerated() {
                unsafe object.storeBytes(of: word, toByteOffset: shape.bindingOffset + index * 8, as: UnsafeRawPointer.self)
            }
        }
        unsafe address = object
    }
}

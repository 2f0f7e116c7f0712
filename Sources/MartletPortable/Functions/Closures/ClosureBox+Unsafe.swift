// Relies on V7 and V11: an object whose metadata is of kind 0x400 holds, from the offset in its metadata on, the words that
// its generic code is bound to and then the captures that its descriptor lists, each at the next aligned place.

/// The context of a closure.
@safe
struct ClosureBox {
    /// The kind in a box's metadata.
    static let kind: UInt = 0x400
    /// The kind in the metadata of an error's memory, which may be a context as well.
    static let errorKind: UInt = 0x501

    let metadata: UnsafeRawPointer
    let descriptor: UnsafeRawPointer
    let firstOffset: Int
    let captureCount: Int
    let sourceCount: Int
    let bindingCount: Int

    /// - Parameter metadata: of an object, or an address whose word is `kind`.
    init?(metadata: UnsafeRawPointer) {
        unsafe self.metadata = metadata
        guard let found = unsafe metadata.load(fromByteOffset: 16, as: UnsafeRawPointer?.self) else { return nil }
        unsafe descriptor = found
        firstOffset = unsafe Int(metadata.load(fromByteOffset: 8, as: UInt32.self))
        captureCount = unsafe Int(descriptor.load(as: UInt32.self))
        sourceCount = unsafe Int(descriptor.load(fromByteOffset: 4, as: UInt32.self))
        bindingCount = unsafe Int(descriptor.load(fromByteOffset: 8, as: UInt32.self))
    }

    func name(_ capture: Int) -> CaptureName {
        unsafe CaptureName(relativeReference(descriptor + 12 + capture * 4)!)
    }

    /// The source of a generic parameter's type.
    func source(_ index: Int) -> (parameter: CaptureName, source: String) {
        let record = unsafe descriptor + 12 + captureCount * 4 + index * 8
        let source = unsafe relativeReference(record + 4)!.assumingMemoryBound(to: CChar.self)
        return unsafe (CaptureName(relativeReference(record)!), String(cString: source))
    }

    /// The types and witness tables that an object is bound to. The first word of a type is a small number or, for classes,
    /// 0.
    func bindings(of object: UnsafeRawPointer) -> [(word: UnsafeRawPointer, isType: Bool)] {
        unsafe (0..<bindingCount).map { index in
            let word = unsafe object.load(fromByteOffset: firstOffset + index * 8, as: UnsafeRawPointer.self)
            return unsafe (word, word.load(as: UInt.self) <= 0x7FF)
        }
    }
}

/// The kind of a capture, as far as its place in the box depends on it.
enum CaptureKind {
    case function
    /// A C function, which has no context.
    case address
    /// Takes no memory.
    case nothing
    case value(Any.Type)

    var size: Int {
        switch self {
        case .function: 16
        case .address: 8
        case .nothing: 0
        case .value(let type): TypeMetadata(type).witnesses.size
        }
    }

    var alignment: Int {
        switch self {
        case .function, .address: 8
        case .nothing: 1
        case .value(let type): TypeMetadata(type).witnesses.alignment
        }
    }
}

/// The offsets of values that lie one after the other.
struct BoxLayout {
    private(set) var size: Int
    private(set) var alignment = 16

    init(_ box: ClosureBox) { size = box.firstOffset + box.bindingCount * 8 }

    mutating func place(_ capture: CaptureKind) -> Int {
        let mask = capture.alignment - 1
        let offset = (size + mask) & ~mask
        size = offset + capture.size
        alignment = max(alignment, capture.alignment)
        return offset
    }
}

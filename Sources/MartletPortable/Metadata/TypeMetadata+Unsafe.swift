// Relies on V7: metadata, descriptors and field records are read according to the Swift ABI. Their addresses come from the
// runtime or from relative references in the image, never from data.

/// The runtime's description of a type.
@safe
struct TypeMetadata {
    /// The storage of an inline array counts as a tuple of equal types.
    enum Kind { case structure, enumeration, tuple, object, function, existential, metatype, other }

    let type: Any.Type
    private let address: UnsafeRawPointer

    init(_ type: Any.Type) {
        self.type = type
        unsafe address = unsafeBitCast(type, to: UnsafeRawPointer.self)
    }

    var kind: Kind {
        let word = unsafe address.load(as: UInt.self)
        return switch word {
        case 0x200: .structure
        case 0x201, 0x202: .enumeration
        case 0x301, 0x308: .tuple
        case 0x302: .function
        case 0x303, 0x307: .existential
        case 0x304, 0x306: .metatype
        case 0, 0x800...: .object
        default: .other
        }
    }

    var witnesses: ValueWitnesses { unsafe ValueWitnesses(metadata: address) }

    /// A tuple's elements, with their labels or numbers.
    var elements: [Field] {
        let count = unsafe address.load(fromByteOffset: 8, as: Int.self)
        if unsafe address.load(as: UInt.self) == 0x308 {
            let element = unsafe address.load(fromByteOffset: 16, as: Any.Type.self)
            let stride = TypeMetadata(element).witnesses.stride
            return (0..<count).map { Field(name: "\($0)", type: element, offset: $0 * stride) }
        }
        let text = unsafe address.load(fromByteOffset: 16, as: UnsafePointer<CChar>?.self)
        let labels = unsafe text.map { unsafe String(cString: $0).split(separator: " ", omittingEmptySubsequences: false) }
        return (0..<count).map { index in
            let element = unsafe address + 24 + index * 16
            let label = labels.flatMap { index < $0.count && !$0[index].isEmpty ? String($0[index]) : nil }
            return Field(
                name: label ?? "\(index)", type: unsafe element.load(as: Any.Type.self),
                offset: unsafe Int(element.load(fromByteOffset: 8, as: UInt32.self)))
        }
    }

    /// The name of a struct or an enum, without its module and parameters.
    var name: String { unsafe String(cString: relative(descriptor + 8)!.assumingMemoryBound(to: CChar.self)) }

    /// A struct's stored properties; nil if the compiler has left no records of them.
    var storedProperties: [Field]? {
        let count = unsafe Int(descriptor.load(fromByteOffset: 20, as: UInt32.self))
        let offsets = unsafe address + 8 * Int(descriptor.load(fromByteOffset: 24, as: UInt32.self))
        guard var fields = records, fields.count == count else { return nil }
        for index in fields.indices {
            fields[index].offset = unsafe Int(offsets.load(fromByteOffset: 4 * index, as: UInt32.self))
        }
        return fields
    }

    /// An enum's cases by tag, the first `payloadCount` of them with payloads; nil if there are no records of them.
    var cases: (all: [Field], payloadCount: Int)? {
        let payloadCount = unsafe Int(descriptor.load(fromByteOffset: 20, as: UInt32.self) & 0xFF_FFFF)
        let emptyCount = unsafe Int(descriptor.load(fromByteOffset: 24, as: UInt32.self))
        guard payloadCount + emptyCount > 0 else { return ([], 0) }
        guard let all = records, all.count == payloadCount + emptyCount else { return nil }
        return (all, payloadCount)
    }

    /// The properties that a class stores itself, without those of its superclass; nil if there are no records of them.
    var ownProperties: [Field]? {
        guard let nominal = NominalType(of: type) else { return nil }
        let count = unsafe Int(nominal.descriptor.load(fromByteOffset: 36, as: UInt32.self))
        let arguments = unsafe nominal.arguments(of: type)
        guard count > 0 else { return [] }
        guard var fields = unsafe records(nominal.descriptor, arguments), fields.count == count else { return nil }
        let offsets = unsafe address + 8 * nominal.fieldOffsets
        for index in fields.indices {
            fields[index].offset = unsafe offsets.load(fromByteOffset: 8 * index, as: Int.self)
        }
        return fields
    }

    /// The size of a class's instances: bytes, and the alignment less one.
    var instance: (size: Int, alignmentMask: Int) {
        unsafe (
            Int(address.load(fromByteOffset: 24, as: UInt32.self)), Int(address.load(fromByteOffset: 28, as: UInt16.self))
        )
    }

    private var descriptor: UnsafeRawPointer { unsafe address.load(fromByteOffset: 8, as: UnsafeRawPointer.self) }

    private var records: [Field]? { unsafe records(descriptor, address + 16) }

    private func records(_ descriptor: UnsafeRawPointer, _ arguments: UnsafeRawPointer) -> [Field]? {
        guard let fields = unsafe relative(descriptor + 16) else { return nil }
        let size = unsafe Int(fields.load(fromByteOffset: 10, as: UInt16.self))
        return (0..<(unsafe Int(fields.load(fromByteOffset: 12, as: UInt32.self)))).map { index in
            unsafe record(fields + 16 + index * size, descriptor, arguments)
        }
    }

    private func record(
        _ record: UnsafeRawPointer, _ descriptor: UnsafeRawPointer, _ arguments: UnsafeRawPointer
    ) -> Field {
        let name = unsafe relative(record + 8).map { unsafe String(cString: $0.assumingMemoryBound(to: CChar.self)) }
        var field = Field(name: name ?? "", type: nil, offset: 0)
        let flags = unsafe record.load(as: UInt32.self)
        (field.isIndirect, field.isVariable) = (flags & 1 != 0, flags & 2 != 0)
        guard let start = unsafe relative(record + 4) else { return field }
        let mangled = unsafe MangledName(start)
        field.reference = mangled.reference
        field.builtin = mangled.builtin
        field.type = unsafe _getTypeByMangledNameInContext(
            start.assumingMemoryBound(to: UInt8.self), UInt(mangled.length), genericContext: descriptor,
            genericArguments: arguments)
        return field
    }

    /// The target of a relative reference; nil if it is 0.
    private func relative(_ place: UnsafeRawPointer) -> UnsafeRawPointer? {
        let offset = unsafe place.load(as: Int32.self)
        return unsafe offset == 0 ? nil : place + Int(offset)
    }
}

/// A part of a type: a stored property, a tuple's element or an enum's case.
struct Field {
    let name: String
    /// nil if the case has no payload, or if the runtime does not find the type.
    var type: Any.Type?
    var offset: Int
    var isIndirect = false
    /// Declared by `var`.
    var isVariable = false
    /// "weak", "unowned" or "unmanaged".
    var reference: String?
    /// The mangled name, if the type is the compiler's own.
    var builtin: String?
}

/// The name of a type as the compiler writes it, with references into the image in between.
private struct MangledName {
    let length: Int
    var reference: String?
    var builtin: String?

    init(_ start: UnsafeRawPointer) {
        var (index, text) = (0, "")
        while true {
            let byte = unsafe start.load(fromByteOffset: index, as: UInt8.self)
            if byte == 0 { break }
            // A reference is a control character and 4 or 8 bytes.
            index += byte <= 0x17 ? 5 : byte <= 0x1F ? 9 : 1
            text.unicodeScalars.append(byte <= 0x1F ? " " : Unicode.Scalar(byte))
        }
        length = index
        let references = [("Xw", "weak"), ("Xo", "unowned"), ("Xu", "unmanaged")]
        reference = references.first { text.hasSuffix($0.0) }?.1
        builtin = text.first == "B" ? text : nil
    }
}

// Relies on V7: context descriptors and class metadata are read according to the Swift ABI.

/// The description of a struct, an enum or a class; all arguments of a generic type share it.
@safe
struct NominalType {
    let descriptor: UnsafeRawPointer
    enum Kind: UInt32 { case object = 16, structure, enumeration }
    let kind: Kind

    /// The address must be known to be a descriptor's.
    init?(_ descriptor: UnsafeRawPointer) {
        guard let kind = unsafe Kind(rawValue: descriptor.load(as: UInt32.self) & 0x1F) else { return nil }
        unsafe self.descriptor = descriptor
        self.kind = kind
    }

    /// The description of a type, if it has one.
    init?(of type: Any.Type) {
        let address = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
        let found: UnsafeRawPointer?
        switch TypeMetadata(type).kind {
        case .structure, .enumeration: unsafe found = address.load(fromByteOffset: 8, as: UnsafeRawPointer?.self)
        case .object: unsafe found = address.load(fromByteOffset: 40, as: UnsafeRawPointer?.self)
        default: return nil
        }
        guard let found = unsafe found else { return nil }
        unsafe self.init(found)
    }

    var isGeneric: Bool { unsafe descriptor.load(as: UInt32.self) & 0x80 != 0 }

    /// The name without module and parameters.
    var name: String {
        unsafe String(cString: relativeReference(descriptor + 8)!.assumingMemoryBound(to: CChar.self))
    }

    /// The function that returns the type's metadata, or nil.
    var accessor: UnsafeRawPointer? { unsafe relativeReference(descriptor + 12) }

    private var genericHeader: UnsafeRawPointer { unsafe descriptor + (kind == .object ? 52 : 36) }

    /// Words of generic arguments: types, then witness tables.
    var argumentCount: Int { unsafe Int(genericHeader.load(fromByteOffset: 4, as: UInt16.self)) }

    /// How many of the arguments are types; nil if there are parameters of other kinds.
    var typeCount: Int? {
        let parameters = unsafe Int(genericHeader.load(as: UInt16.self))
        var count = 0
        for index in 0..<parameters {
            let flags = unsafe genericHeader.load(fromByteOffset: 8 + index, as: UInt8.self)
            guard flags & 0x3F == 0 else { return nil }
            if flags & 0x80 != 0 { count += 1 }
        }
        return count
    }

    /// The place of the arguments of a type with this description.
    func arguments(of type: Any.Type) -> UnsafeRawPointer {
        let address = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
        return unsafe address + (kind == .object ? immediateMembers * 8 : 16)
    }

    /// The place of a class's own members in its metadata, in words.
    private var immediateMembers: Int {
        let flags = unsafe descriptor.load(as: UInt32.self) >> 16
        if flags & 0x2000 != 0, let bounds = unsafe relativeReference(descriptor + 24) {
            // The superclass is in another library, which stores the size.
            return unsafe bounds.load(as: Int.self) / 8
        }
        if flags & 0x1000 != 0 { return unsafe -Int(descriptor.load(fromByteOffset: 24, as: UInt32.self)) }
        let words = unsafe Int(descriptor.load(fromByteOffset: 28, as: UInt32.self))
        return unsafe words - Int(descriptor.load(fromByteOffset: 32, as: UInt32.self))
    }

    /// The place of the offsets of a class's own stored properties in its metadata, in words.
    var fieldOffsets: Int {
        let flags = unsafe descriptor.load(as: UInt32.self) >> 16
        let words = unsafe Int(descriptor.load(fromByteOffset: 40, as: UInt32.self))
        return flags & 0x2000 != 0 ? words + immediateMembers : words
    }
}

/// The target of a relative reference; nil if it is 0.
func relativeReference(_ place: UnsafeRawPointer) -> UnsafeRawPointer? {
    let offset = unsafe place.load(as: Int32.self)
    return unsafe offset == 0 ? nil : place + Int(offset)
}

/// As `relativeReference`; if the lowest bit is set, the target holds the address.
func indirectReference(_ place: UnsafeRawPointer) -> UnsafeRawPointer? {
    let offset = unsafe place.load(as: Int32.self)
    if offset == 0 { return nil }
    let target = unsafe place + Int(offset & ~1)
    return unsafe offset & 1 == 0 ? target : target.load(as: UnsafeRawPointer?.self)
}

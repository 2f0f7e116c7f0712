// Relies on V7.

extension TypeForm {
    /// The parts that a type is made of; nil if only its name tells.
    static func structural(_ type: Any.Type) -> TypeForm? {
        let address = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
        if let nominal = NominalType(of: type) {
            guard nominal.isGeneric else { return unsafe .nominal(nominal.descriptor) }
            guard nominal.typeCount != nil else { return nil }
            let arguments = unsafe nominal.arguments(of: type)
            let words = unsafe (0..<nominal.argumentCount).map { index in
                unsafe arguments.load(fromByteOffset: index * 8, as: UnsafeRawPointer.self)
            }
            return unsafe .generic(nominal.descriptor, arguments: words)
        }
        switch unsafe address.load(as: UInt.self) {
        case 0x301: return unsafe tuple(address)
        case 0x304: return unsafe .metatype(address.load(fromByteOffset: 8, as: UnsafeRawPointer.self))
        case 0x303: return unsafe existential(address)
        case 0x302: return unsafe function(address)
        default: return nil
        }
    }

    private static func words(_ start: UnsafeRawPointer, _ count: Int, stride: Int = 8) -> [UnsafeRawPointer] {
        unsafe (0..<count).map { unsafe start.load(fromByteOffset: $0 * stride, as: UnsafeRawPointer.self) }
    }

    private static func tuple(_ address: UnsafeRawPointer) -> TypeForm {
        let labels = unsafe address.load(fromByteOffset: 16, as: UnsafePointer<CChar>?.self)
        let count = unsafe address.load(fromByteOffset: 8, as: Int.self)
        let elements = unsafe words(address + 24, count, stride: 16)
        return unsafe .tuple(elements, labels: labels.map { unsafe String(cString: $0) })
    }

    private static func existential(_ address: UnsafeRawPointer) -> TypeForm? {
        let flags = unsafe address.load(fromByteOffset: 8, as: UInt32.self)
        let count = unsafe Int(address.load(fromByteOffset: 12, as: UInt32.self))
        let hasSuperclass = flags & 0x4000_0000 != 0
        let list = unsafe address + (hasSuperclass ? 24 : 16)
        return unsafe .existential(
            hasClassConstraint: flags & 0x8000_0000 == 0,
            superclass: hasSuperclass ? address.load(fromByteOffset: 16, as: UnsafeRawPointer?.self) : nil,
            protocols: words(list, count))
    }

    /// Newer functions (with global actors or typed errors, for example) have more fields after their parameters.
    private static func function(_ address: UnsafeRawPointer) -> TypeForm? {
        let flags = unsafe address.load(fromByteOffset: 8, as: Int.self)
        guard flags & ~0x4700_FFFF == 0 else { return nil }
        let count = flags & 0xFFFF
        let parameters = unsafe words(address + 24, count)
        var parameterFlags: [UInt32] = []
        if flags & 0x200_0000 != 0 {
            parameterFlags = (0..<count).map { index in
                unsafe address.load(fromByteOffset: 24 + count * 8 + index * 4, as: UInt32.self)
            }
        }
        let result = unsafe address.load(fromByteOffset: 16, as: UnsafeRawPointer.self)
        return unsafe .function(
            flags: flags, result: result, parameters: parameters, parameterFlags: parameterFlags)
    }
}

extension TypeForm {
    /// The collection of the kind of `example` that stores its elements in objects of the class `storage`: both have the
    /// same arguments.
    static func collection(_ example: Any.Type, storage: AnyClass) -> Any.Type? {
        guard let nominal = NominalType(of: example),
            case .generic(_, let arguments)? = structural(storage),
            unsafe arguments.count == nominal.argumentCount,
            let made = unsafe TypeForm.generic(nominal.descriptor, arguments: arguments).make()
        else { return nil }
        return unsafe unsafeBitCast(made, to: Any.Type.self)
    }
}

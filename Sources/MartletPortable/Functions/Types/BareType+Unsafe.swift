// Relies on V7 and V13.

/// Types that the optimiser left without metadata, since the program never uses it: only their descriptions exist. Captures
/// of them are read as captures of a type with the same layout.
enum BareType {
    private static let depthLimit = 20

    /// A type with the layout of the named type; nil if there is none.
    static func likeness(of name: CaptureName, depth: Int = 0) -> Any.Type? {
        guard name.isPlain, let nominal = name.nominal, !nominal.isGeneric, depth < depthLimit else { return nil }
        let fields = fields(of: nominal)
        switch nominal.kind {
        case .object: return nil
        case .structure:
            guard let fields else { return nil }
            return likeness(of: fields, depth: depth)
        case .enumeration:
            let payloadCount = unsafe Int(nominal.descriptor.load(fromByteOffset: 20, as: UInt32.self) & 0xFF_FFFF)
            let emptyCount = unsafe Int(nominal.descriptor.load(fromByteOffset: 24, as: UInt32.self))
            switch (payloadCount, emptyCount) {
            case (0, ...1): return Void.self
            case (0, ...256): return UInt8.self
            case (0, ...65536): return UInt16.self
            case (1, 1...4):
                guard let payload = fields?.first, !payload.isIndirect, let type = type(of: payload.name, depth: depth)
                else { return nil }
                return optional(type, count: emptyCount)
            default: return nil
            }
        }
    }

    private struct Record {
        let label: String
        let name: CaptureName
        let isIndirect: Bool
    }

    private static func fields(of nominal: NominalType) -> [Record]? {
        guard let table = unsafe relativeReference(nominal.descriptor + 16) else { return nil }
        let size = unsafe Int(table.load(fromByteOffset: 10, as: UInt16.self))
        var fields: [Record] = []
        for index in 0..<(unsafe Int(table.load(fromByteOffset: 12, as: UInt32.self))) {
            let record = unsafe table + 16 + index * size
            guard let start = unsafe relativeReference(record + 4) else { continue }
            let label = unsafe relativeReference(record + 8).map { unsafe String(cString: $0.assumingMemoryBound(to: CChar.self)) }
            fields.append(
                unsafe Record(
                    label: label ?? "", name: CaptureName(start), isIndirect: record.load(as: UInt32.self) & 1 != 0))
        }
        return fields
    }

    private static func type(of name: CaptureName, depth: Int) -> Any.Type? {
        if name.reference != nil { return nil }
        let found = unsafe _getTypeByMangledNameInContext(
            name.start.assumingMemoryBound(to: UInt8.self), UInt(name.length), genericContext: nil, genericArguments: nil)
        return found ?? likeness(of: name, depth: depth + 1)
    }

    /// Structs and tuples have their elements one after the other, each at the next aligned place.
    private static func likeness(of fields: [Record], depth: Int) -> Any.Type? {
        var types: [UnsafeRawPointer] = unsafe []
        for field in fields {
            guard let type = type(of: field.name, depth: depth) else { return nil }
            unsafe types.append(unsafeBitCast(type, to: UnsafeRawPointer.self))
        }
        if fields.isEmpty { return Void.self }
        if fields.count == 1 { return unsafe unsafeBitCast(types[0], to: Any.Type.self) }
        let labels = fields.map { $0.label + " " }.joined()
        return unsafe TypeForm.tuple(types, labels: labels).make().map { unsafe unsafeBitCast($0, to: Any.Type.self) }
    }

    /// An enum with one payload marks its other cases by bit patterns that no payload has, the first case by the first such
    /// pattern, as nested optionals do; with too few patterns it has another layout.
    private static func optional(_ type: Any.Type, count: Int) -> Any.Type? {
        func wrap<Wrapped>(_ type: Wrapped.Type) -> Any.Type { Wrapped?.self }
        guard count == 1 || TypeMetadata(type).witnesses.spareValueCount >= count else { return nil }
        return (0..<count).reduce(type) { wrapped, _ in _openExistential(wrapped, do: wrap) }
    }
}

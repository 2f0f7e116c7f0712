import CMartletRuntime

// Relies on V7: a witness table begins with the address of its conformance's descriptor, and protocol descriptors list
// their requirements.

/// Finds the parts that a witness table was made from.
enum WitnessTables {
    /// - Parameters:
    ///   - table: one that a closure or a generic type is bound to.
    ///   - types: the candidates for its type.
    static func form(of table: UnsafeRawPointer, among types: [Any.Type]) -> TypeForm? {
        let descriptor = unsafe table.load(as: UnsafeRawPointer.self)
        guard let target = unsafe indirectReference(descriptor) else { return nil }
        for type in types {
            let address = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
            if unsafe martlet_conformance(address, target) == table {
                return unsafe .conformance(type: address, to: target)
            }
        }
        for type in types where unsafe !hasConditions(descriptor) {
            let address = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
            if unsafe martlet_witness_table(descriptor, address) == table {
                return unsafe .table(descriptor: descriptor, type: address)
            }
        }
        // Last, since the runtime may have to complete a table that is part of an image.
        return unsafe ProgramImages.containing(UInt(bitPattern: table), .data) == nil ? nil : .constantTable(table)
    }

    private static func hasConditions(_ conformance: UnsafeRawPointer) -> Bool {
        unsafe conformance.load(fromByteOffset: 12, as: UInt32.self) >> 8 & 0xFF != 0
    }

    /// The types, their generic arguments, and the associated types of these, as far as the tables tell.
    static func candidates(_ types: [Any.Type], tables: [UnsafeRawPointer]) -> [Any.Type] {
        var found: [Any.Type] = []
        var seen: Set<ObjectIdentifier> = []
        var open = types
        while let type = open.popLast(), found.count < 256 {
            guard seen.insert(ObjectIdentifier(type)).inserted else { continue }
            found.append(type)
            if case .generic(_, let arguments)? = TypeForm.structural(type),
                let count = NominalType(of: type)?.typeCount
            {
                for unsafe argument in unsafe arguments.prefix(count) { open.append(unsafe unsafeBitCast(argument, to: Any.Type.self)) }
            }
            for unsafe table in unsafe tables { unsafe open += associatedTypes(of: type, table) }
        }
        return found
    }

    /// The associated types of `type` according to `table`, if it is a table of this type.
    private static func associatedTypes(of type: Any.Type, _ table: UnsafeRawPointer) -> [Any.Type] {
        let address = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
        guard let target = unsafe indirectReference(table.load(as: UnsafeRawPointer.self)) else { return [] }
        guard unsafe martlet_conformance(address, target) == table else { return [] }
        let signature = unsafe Int(target.load(fromByteOffset: 12, as: UInt32.self))
        let count = unsafe Int(target.load(fromByteOffset: 16, as: UInt32.self))
        let requirements = unsafe target + 24 + signature * 12
        var types: [Any.Type] = []
        for index in 0..<count {
            let requirement = unsafe requirements + index * 8
            guard unsafe requirement.load(as: UInt32.self) & 0xF == 7 else { continue }
            // Requirements are counted from the place before the first one.
            let made = unsafe martlet_associated_type(table, address, requirements - 8, requirement)
            if let made = unsafe made { types.append(unsafe unsafeBitCast(made, to: Any.Type.self)) }
        }
        return types
    }
}

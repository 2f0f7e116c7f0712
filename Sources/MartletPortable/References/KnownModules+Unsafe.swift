// Relies on V7: the arguments of a generic type are read where the Swift ABI has them.

/// A struct or an enum of a library whose types are values.
struct LibraryType {
    let type: Any.Type
    /// Its arguments, named as one speaks of them.
    let arguments: [(label: String, type: Any.Type)]
    /// It is the address of memory that others may have too.
    let isPointer: Bool
}

/// The modules whose structs and enums are values, whatever they keep their contents in.
enum KnownModules {
    private static let names: Set<Substring> = [
        "Swift", "Foundation", "FoundationEssentials", "FoundationInternationalization", "BitCollections", "DequeModule",
        "HashTreeCollections", "HeapModule", "OrderedCollections",
    ]

    /// What is known of a struct or an enum of one of them; nil for any other.
    static func type(_ type: Any.Type) -> LibraryType? {
        let fullName = _typeName(type, qualified: true)
        guard names.contains(fullName.prefix { $0 != "." }) else { return nil }
        guard let nominal = NominalType(of: type) else { return nil }
        // One with a number among its arguments shows what it is made of.
        if nominal.isGeneric, nominal.typeCount == nil { return nil }
        let name = nominal.name
        let pointers = ["Unsafe", "AutoreleasingUnsafe", "Unmanaged", "OpaquePointer", "ManagedBufferPointer"]
        return LibraryType(
            type: type, arguments: arguments(nominal, type, name),
            isPointer: fullName.hasPrefix("Swift.") && pointers.contains { name.hasPrefix($0) })
    }

    private static func arguments(_ nominal: NominalType, _ type: Any.Type, _ name: String) -> [(String, Any.Type)] {
        guard nominal.isGeneric, let count = nominal.typeCount else { return [] }
        let labels = labels[name] ?? []
        return (0..<count).map { index in
            let argument = unsafe nominal.arguments(of: type).load(fromByteOffset: 8 * index, as: Any.Type.self)
            return (index < labels.count ? labels[index] : "element", argument)
        }
    }

    private static let labels = ["Optional": ["some"], "Dictionary": ["key", "value"], "OrderedDictionary": ["key", "value"]]
}

/// The module of a type, as far as its name says it.
func isOfModule(_ type: Any.Type, _ module: String) -> Bool { _typeName(type, qualified: true).hasPrefix("\(module).") }

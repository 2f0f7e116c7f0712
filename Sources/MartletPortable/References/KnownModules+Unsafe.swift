// Relies on V7: the arguments of a generic type are read according to the Swift ABI.

/// A struct or an enum of a library whose types have value semantics.
struct LibraryType {
    let type: Any.Type
    /// Its arguments, by their common names.
    let arguments: [(label: String, type: Any.Type)]
    /// It is an address of memory that may be shared.
    let isPointer: Bool
}

/// The modules whose structs and enums have value semantics, whatever they store their contents in.
enum KnownModules {
    private static let names: Set<Substring> = [
        "Swift", "Foundation", "FoundationEssentials", "FoundationInternationalization", "BitCollections", "DequeModule",
        "HashTreeCollections", "HeapModule", "OrderedCollections",
    ]

    /// The description of a struct or an enum of one of these modules; nil for any other type.
    static func type(_ type: Any.Type) -> LibraryType? {
        let fullName = _typeName(type, qualified: true)
        guard names.contains(fullName.prefix { $0 != "." }) else { return nil }
        guard let nominal = NominalType(of: type) else { return nil }
        // A type with a number among its arguments is searched by its properties.
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

/// The module of a type, according to its name.
func isOfModule(_ type: Any.Type, _ module: String) -> Bool { _typeName(type, qualified: true).hasPrefix("\(module).") }

/// An object that can change, as a part of a value: copies of the value share it.
package struct MutableObject {
    /// The path to it from the value.
    package let path: String
    package let type: Any.Type

    /// The first object in a value that can change; nil if copies of the value share nothing that can change. Objects that
    /// cannot change are searched; handles (`PortableHandle`) and functions are shared on purpose.
    ///
    /// - Complexity: O(1) for types that refer to nothing that can change, else O(size of the value).
    package static func first<Value>(in value: Value) -> MutableObject? {
        if KnownTypes.node(Value.self) != nil { return nil }
        var search = MutableObjectSearch()
        return search.first(in: value, name(of: Value.self))
    }

    /// The first class in a type whose objects can change. The content of a protocol's value is unknown.
    ///
    /// - Parameter skipsElements: ignores the elements of collections.
    package static func first(inType type: Any.Type, skipsElements: Bool = false) -> MutableObject? {
        if KnownTypes.node(type) != nil { return nil }
        var seen: Set<ObjectIdentifier> = []
        return first(inType: type, skipsElements, seen: &seen)
    }

    private static func first(
        inType type: Any.Type, _ skipsElements: Bool, seen: inout Set<ObjectIdentifier>
    ) -> MutableObject? {
        var classes: [(path: String, type: AnyClass)] = []
        func isClosed(_ type: Any.Type) -> Bool {
            type is any PortableHandle.Type || skipsElements && type is any Collection.Type
        }
        // Records all classes, and matches none.
        _ = ReferenceSearch.first(in: type, isClosed: isClosed) { part in
            if let object = part.type as? AnyClass, !isOpen(object) { classes.append((part.path, object)) }
            return false
        }
        for (path, object): (String, AnyClass) in classes where seen.insert(ObjectIdentifier(object)).inserted {
            if isMutable(object) { return MutableObject(path: path, type: object) }
            for field in properties(of: object) ?? [] {
                guard let type = field.type, let inner = first(inType: type, skipsElements, seen: &seen) else { continue }
                return MutableObject(path: "\(path).\(field.name)", type: inner.type)
            }
        }
        return nil
    }

    /// Shared on purpose, or constant.
    static func isOpen(_ type: AnyClass) -> Bool { type is any PortableHandle.Type || type is AnyKeyPath.Type }

    /// Whether objects of the class can change, as far as its properties tell.
    static func isMutable(_ type: AnyClass) -> Bool {
        if isOpen(type) { return false }
        if type is any Actor.Type { return true }
        return properties(of: type)?.contains(where: isMutable) ?? true
    }

    /// Including those of its superclasses; nil if one of the classes has no records of them.
    private static func properties(of type: AnyClass) -> [Field]? {
        var properties: [Field] = []
        var next: AnyClass? = type
        while let current = next {
            guard let own = TypeMetadata(current).ownProperties else { return nil }
            properties += own
            next = _getSuperclass(current)
        }
        return properties
    }

    private static func isMutable(_ field: Field) -> Bool {
        guard !field.isVariable, let type = field.type else { return true }
        // The metadata describes types that cannot be copied, such as locks and atomics, as empty.
        if type == Void.self || isOfModule(type, "Synchronization") || !TypeMetadata(type).witnesses.isCopyable { return true }
        return field.builtin.map { KnownTypes.builtin($0, type) == nil } ?? false
    }
}

/// Searches a value for an object that can change.
private struct MutableObjectSearch {
    private var seen: Set<ObjectIdentifier> = []
    private var types: [ObjectIdentifier: Bool] = [:]
    private var waiting: [(value: Any, path: String)] = []

    mutating func first(in value: Any, _ path: String) -> MutableObject? {
        waiting = [(value, path)]
        // No recursion: a list may be long.
        while let (value, path) = waiting.popLast() {
            if isMutable(value, path) { return MutableObject(path: path, type: type(of: value)) }
        }
        return nil
    }

    /// Queues the parts of a value that cannot change itself.
    private mutating func isMutable(_ value: Any, _ path: String) -> Bool {
        let type = type(of: value)
        if let object = type as? AnyClass {
            guard !MutableObject.isOpen(object), seen.insert(ObjectIdentifier(value as AnyObject)).inserted else { return false }
            if MutableObject.isMutable(object) { return true }
        } else {
            guard mayRefer(type) else { return false }
            if let library = KnownModules.type(type) {
                if library.isPointer { return true }
            } else if value is any CustomReflectable {
                // Its mirror may differ from its content.
                return true
            }
        }
        putAside(Mirror(reflecting: value), path)
        return false
    }

    private mutating func putAside(_ value: Mirror, _ path: String) {
        var contents: [(Any, String)] = []
        var next: Mirror? = value
        while let mirror = next {
            for (index, child) in mirror.children.enumerated() {
                // Elements of tuples without labels are called ".0".
                let label = child.label.map { $0.hasPrefix(".") ? String($0.dropFirst()) : $0 } ?? "\(index)"
                contents.append((child.value, "\(path).\(label)"))
            }
            next = mirror.superclassMirror
        }
        waiting += contents.reversed()
    }

    /// Whether values of a type may contain an object that can change, as far as the type tells.
    private mutating func mayRefer(_ type: Any.Type) -> Bool {
        if let known = types[ObjectIdentifier(type)] { return known }
        let part = ReferenceSearch.first(in: type, isClosed: { $0 is any PortableHandle.Type }) { part in
            switch part.kind {
            case .object, .existential, .pointer: true
            case .function: false
            }
        }
        types[ObjectIdentifier(type)] = part != nil
        return part != nil
    }
}

import Synchronization

/// Finds NaN that `==` misses: two arrays in the same memory are equal without comparing their elements, so a key with an
/// array that holds NaN equals itself, but not its copy.
package enum HiddenNaN {
    private static let known = Mutex<[ObjectIdentifier: Bool]>([:])

    /// Whether values of a type can have floating-point numbers in arrays.
    package static func canBe(in type: Any.Type) -> Bool {
        let id = ObjectIdentifier(type)
        if let known = known.withLock({ $0[id] }) { return known }
        var search = ListSearch()
        let found = search.findsNumbers(in: type, insideList: false)
        known.withLock { $0[id] = found }
        return found
    }

    /// Whether a value equals a copy that shares no memory with it; true if no copy can be made.
    package static func equalsItsCopy<Value: Equatable>(_ value: Value) -> Bool {
        guard let coder = try? ValueCoder.of(Value.self), let bytes = try? coder.bytes(of: [value]),
            let copies = try? coder.values(of: Value.self, count: 1, in: bytes)
        else { return true }
        return value == copies[0]
    }
}

/// A walk through the parts of a type.
private struct ListSearch {
    private var seen: Set<Visit> = []

    private struct Visit: Hashable {
        let type: ObjectIdentifier
        let insideList: Bool
    }

    mutating func findsNumbers(in type: Any.Type, insideList: Bool) -> Bool {
        if type is any BinaryFloatingPoint.Type { return insideList }
        if let list = type as? any ListOfElements.Type {
            return findsNumbers(in: list.elementType, insideList: true)
        }
        guard seen.insert(Visit(type: ObjectIdentifier(type), insideList: insideList)).inserted else { return false }
        let metadata = TypeMetadata(type)
        let parts =
            switch metadata.kind {
            case .tuple: metadata.elements
            case .structure: metadata.storedProperties ?? []
            case .enumeration: metadata.cases.map { Array($0.all.prefix($0.payloadCount)) } ?? []
            case .object, .function, .existential, .metatype, .other: [] as [Field]
            }
        return parts.contains { part in part.type.map { findsNumbers(in: $0, insideList: insideList) } ?? false }
    }
}

/// A collection whose `==` compares addresses first.
private protocol ListOfElements {
    static var elementType: Any.Type { get }
}

extension Array: ListOfElements {
    fileprivate static var elementType: Any.Type { Element.self }
}

extension ContiguousArray: ListOfElements {
    fileprivate static var elementType: Any.Type { Element.self }
}

extension ArraySlice: ListOfElements {
    fileprivate static var elementType: Any.Type { Element.self }
}

extension Dictionary: ListOfElements {
    fileprivate static var elementType: Any.Type { Value.self }
}

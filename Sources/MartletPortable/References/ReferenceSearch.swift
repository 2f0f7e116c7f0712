/// Finds the references that values of a type may hold, by walking the type.
///
/// The structs and enums of the standard library, of Foundation and of swift-collections have value semantics, whatever
/// they store their contents in: only their generic arguments count.
package struct ReferenceSearch {
    /// A part of a type.
    package struct Part {
        /// The path to it from the requested type.
        package let path: String
        package let type: Any.Type
        package let kind: Kind
        /// The innermost struct or enum of the program that contains it.
        package let holder: Any.Type?
    }

    package enum Kind {
        case object
        case function
        /// A value of a protocol, to which only classes or any types can conform.
        case existential(ofClass: Bool)
        /// An address, or a reference without reference counting.
        case pointer
    }

    /// Whether a part is searched for.
    private let isWanted: (Part) -> Bool
    /// Types that are not searched.
    private let isClosed: (Any.Type) -> Bool
    private var seen: Set<ObjectIdentifier> = []
    private var depth = 0

    /// Types nested deeper are not searched: types can be nested in one another without end.
    private static let depthLimit = 100

    private init(isClosed: @escaping (Any.Type) -> Bool, isWanted: @escaping (Part) -> Bool) {
        self.isClosed = isClosed
        self.isWanted = isWanted
    }

    /// The first matching part of `type`, in the order of its properties; nil if there is none.
    package static func first(
        in type: Any.Type, isClosed: @escaping (Any.Type) -> Bool = { _ in false }, where isWanted: @escaping (Part) -> Bool
    ) -> Part? {
        var search = ReferenceSearch(isClosed: isClosed, isWanted: isWanted)
        return search.first(in: type, name(of: type), holder: nil)
    }

    private mutating func first(in type: Any.Type, _ path: String, holder: Any.Type?) -> Part? {
        if KnownTypes.node(type) != nil || isClosed(type) { return nil }
        guard depth < Self.depthLimit, seen.insert(ObjectIdentifier(type)).inserted else { return nil }
        depth += 1
        defer { depth -= 1 }
        let metadata = TypeMetadata(type)
        switch metadata.kind {
        case .object: return part(type, path, .object, holder)
        case .function: return part(type, path, .function, holder)
        case .existential:
            return part(type, path, .existential(ofClass: ExistentialNode(type, path)?.isOfClass ?? false), holder)
        case .metatype, .other: return nil
        case .tuple: return first(of: metadata.elements, path, holder)
        case .structure, .enumeration:
            if let library = KnownModules.type(type) { return first(in: library, path, holder) }
            let fields = metadata.kind == .structure ? metadata.storedProperties : metadata.cases?.all
            return first(of: fields ?? [], path, type)
        }
    }

    /// Searches a library's type by its arguments.
    private mutating func first(in library: LibraryType, _ path: String, _ holder: Any.Type?) -> Part? {
        if library.isPointer, let found = part(library.type, path, .pointer, holder) { return found }
        for (label, argument) in library.arguments {
            if let found = first(in: argument, "\(path).\(label)", holder: holder) { return found }
        }
        return nil
    }

    private mutating func first(of fields: [Field], _ path: String, _ holder: Any.Type?) -> Part? {
        for field in fields {
            guard let type = field.type else { continue }
            let here = "\(path).\(field.name)"
            let isAddress = field.builtin.map { KnownTypes.builtin($0, type) == nil } ?? false
            if isAddress || field.reference != nil, let found = part(type, here, .pointer, holder) { return found }
            if let found = first(in: type, here, holder: holder) { return found }
        }
        return nil
    }

    private func part(_ type: Any.Type, _ path: String, _ kind: Kind, _ holder: Any.Type?) -> Part? {
        let part = Part(path: path, type: type, kind: kind, holder: holder)
        return isWanted(part) ? part : nil
    }
}

import Synchronization

// Relies on V7: parts lie at the places in the type's metadata, or in the closure's descriptor (V11).

/// The places in a type's values, or in a closure's context, where handles can be: found once, so that a search costs
/// nothing for types that can hold none.
final class SearchPlan: Sendable {
    /// An object, since a search goes through many.
    final class Part: Sendable {
        let name: String
        let offset: Int
        let kind: Kind

        init(name: String, offset: Int, kind: Kind) { (self.name, self.offset, self.kind) = (name, offset, kind) }
    }

    enum Kind: Sendable {
        /// A closure, whose context may hold handles.
        case function
        /// A handle, of this type.
        case handle(any HandleChecker)
        /// A reference to an engine object, which travels by its stored properties.
        case object
        /// A value whose type is known only at run time.
        case existential(ExistentialStorage)
        /// A collection of elements that may hold handles.
        case elements(any ElementSearch)
        /// The payloads of an enum's first cases; nil for those without handles.
        case payloads([SearchPlan?], SearchedEnum)
    }

    let parts: [Part]

    init(_ parts: [Part]) { self.parts = parts }

    private static let plans = Mutex<[ObjectIdentifier: SearchPlan?]>([:])
    private static let boxes = Mutex<[BoxKey: BoxVariants<SearchPlan>]>([:])
    private static let objects = Mutex<[ObjectIdentifier: ObjectPlan?]>([:])

    /// The plan of a type; nil where its values hold no handles.
    static func of(_ type: Any.Type) -> SearchPlan? {
        let id = ObjectIdentifier(type)
        if let known = plans.withLock({ $0[id] }) { return known }
        var maker = PlanMaker()
        let made = maker.parts(of: type, at: 0, named: "")
        let plan = made.isEmpty ? nil : SearchPlan(made)
        plans.withLock { $0[id] = .some(plan) }
        return plan
    }

    /// The plan of a closure's context. A context with unknown captures is not searched.
    static func of(_ box: ClosureBox, _ object: UnsafeRawPointer) -> SearchPlan {
        let key = unsafe BoxKey(box, object)
        if let known = unsafe boxes.withLock({ $0[key] })?.value(for: object) { return known }
        var parts: [Part] = []
        let found = unsafe CaptureTypes.find(in: object, box)
        if case .success(let kinds) = found.kinds {
            var (layout, maker) = (BoxLayout(box), PlanMaker())
            for (number, kind) in kinds.enumerated() {
                let offset = layout.place(kind)
                // The compiler wraps closures in closures of its own: these are left out of the path.
                let name = kinds.count == 1 ? "" : "capture \(number)"
                switch kind {
                case .function: parts.append(Part(name: name, offset: offset, kind: .function))
                case .value(let type): parts += maker.parts(of: type, at: offset, named: name)
                case .address, .nothing: break
                }
            }
        }
        let plan = SearchPlan(parts)
        boxes.withLock { $0[key, default: BoxVariants()].insert(plan, found.probes) }
        return plan
    }

    /// Where a search looks in an object.
    enum ObjectPlan: Sendable {
        /// The reference is a value of its own: a handle, or an array or a dictionary, whose memory this is.
        case reference(SearchPlan)
        /// An engine object.
        case properties(SearchPlan)
    }

    /// The plan of a class; nil where its objects are not searched. Found once: to cast a type to a protocol takes longer than a
    /// search.
    static func of(object type: AnyClass) -> ObjectPlan? {
        let id = ObjectIdentifier(type)
        if let known = objects.withLock({ $0[id] }) { return known }
        let plan = make(of: type)
        objects.withLock { $0[id] = .some(plan) }
        return plan
    }

    private static func make(of type: AnyClass) -> ObjectPlan? {
        if type is any PortableHandle.Type { return of(type).map { .reference($0) } }
        if type is any PortableObject.Type { return .properties(ofProperties(type)) }
        // The memory of an array or a dictionary is its whole value.
        guard case .whole(let collection)? = ObjectForm.collection(type) else { return nil }
        return of(collection).map { .reference($0) }
    }

    private static func ofProperties(_ type: AnyClass) -> SearchPlan {
        var maker = PlanMaker()
        var parts: [Part] = []
        var next: AnyClass? = type
        while let owner = next {
            for field in TypeMetadata(owner).ownProperties ?? [] where field.reference == nil {
                if let type = field.type { parts += maker.parts(of: type, at: field.offset, named: ".\(field.name)") }
            }
            next = _getSuperclass(owner)
        }
        return SearchPlan(parts)
    }
}

/// Finds the parts of types that may hold handles.
private struct PlanMaker {
    /// Types whose plans are being made: a type that contains itself has nothing new inside.
    private var open: Set<ObjectIdentifier> = []

    mutating func parts(of type: Any.Type, at offset: Int, named name: String) -> [SearchPlan.Part] {
        func part(_ kind: SearchPlan.Kind) -> [SearchPlan.Part] {
            [SearchPlan.Part(name: name, offset: offset, kind: kind)]
        }
        let metadata = TypeMetadata(type)
        switch metadata.kind {
        case .function: return isThick(type) ? part(.function) : []
        case .existential: return ExistentialStorage(type).map { part(.existential($0)) } ?? []
        case .metatype, .other: return []
        case .object:
            if let handle = type as? any PortableHandle.Type { return part(.handle(checker(handle))) }
            return type is any PortableObject.Type ? part(.object) : []
        case .structure, .enumeration, .tuple: break
        }
        // To learn that a type does not conform to a protocol takes long: all conformances of the program are looked at. So types
        // are asked only if they can conform: the standard library has lists and no handles, other modules may have handles.
        let isOfSwift = isOfModule(type, "Swift")
        if !isOfSwift, metadata.kind != .tuple, let handle = type as? any PortableHandle.Type {
            return part(.handle(checker(handle)))
        }
        guard !metadata.witnesses.isTrivial, metadata.witnesses.movesAsBits, open.insert(ObjectIdentifier(type)).inserted
        else { return [] }
        defer { open.remove(ObjectIdentifier(type)) }
        if isOfSwift, let list = type as? any SearchedElements.Type {
            return parts(of: list.searchedType, at: 0, named: "").isEmpty ? [] : part(.elements(search(list)))
        }
        if metadata.kind == .enumeration { return payloads(of: metadata).map { part($0) } ?? [] }
        let fields = metadata.kind == .tuple ? metadata.elements : metadata.storedProperties ?? []
        var found: [SearchPlan.Part] = []
        for field in fields where field.reference == nil && field.builtin == nil {
            guard let type = field.type else { continue }
            found += parts(of: type, at: offset + field.offset, named: GraphPath.join(name, ".\(field.name)"))
        }
        return found
    }

    private mutating func payloads(of metadata: TypeMetadata) -> SearchPlan.Kind? {
        guard let (all, payloadCount) = metadata.cases, payloadCount > 0,
            metadata.witnesses.knowsCases || all.count == 1 || payloadCount == 1
        else { return nil }
        let plans = all.prefix(payloadCount).map { field -> SearchPlan? in
            guard let type = field.type, !field.isIndirect else { return nil }
            let found = parts(of: type, at: 0, named: "")
            return found.isEmpty ? nil : SearchPlan(found)
        }
        guard plans.contains(where: { $0 != nil }) else { return nil }
        let payload = metadata.witnesses.knowsCases ? nil : all[0].type.map { TypeMetadata($0).witnesses }
        return .payloads(plans, SearchedEnum(metadata.witnesses, payload: payload, caseCount: all.count))
    }

    /// C functions and thin functions have no context.
    private func isThick(_ type: Any.Type) -> Bool {
        let flags = unsafe unsafeBitCast(type, to: UnsafeRawPointer.self).load(fromByteOffset: 8, as: UInt.self)
        return flags >> 16 & 0xFF == 0
    }

    private func checker(_ type: any PortableHandle.Type) -> any HandleChecker {
        func make<Handle: PortableHandle>(_: Handle.Type) -> any HandleChecker { TypedChecker<Handle>() }
        return make(type)
    }

    private func search(_ type: any SearchedElements.Type) -> any ElementSearch {
        func make<List: SearchedElements>(_: List.Type) -> any ElementSearch { TypedElements<List>() }
        return make(type)
    }
}

/// Asks a handle whether it may be in a task.
protocol HandleChecker: Sendable {
    func check(_ place: UnsafeRawPointer) throws(PortableError)
}

private struct TypedChecker<Handle: PortableHandle>: HandleChecker {
    func check(_ place: UnsafeRawPointer) throws(PortableError) {
        do {
            try unsafe place.assumingMemoryBound(to: Handle.self).pointee.checkCapture()
        } catch {
            throw .handle(type: name(of: Handle.self), cause: error)
        }
    }
}

/// Visits the elements of a collection.
protocol ElementSearch: Sendable {
    func visit(_ place: UnsafeRawPointer, _ body: (UnsafeRawPointer, SearchPlan) throws(PortableError) -> Void) throws(PortableError)
}

private struct TypedElements<List: SearchedElements>: ElementSearch {
    func visit(
        _ place: UnsafeRawPointer, _ body: (UnsafeRawPointer, SearchPlan) throws(PortableError) -> Void
    ) throws(PortableError) {
        guard let plan = SearchPlan.of(List.searchedType) else { return }
        for element in unsafe place.assumingMemoryBound(to: List.self).pointee.searchedElements {
            try unsafe withUnsafePointer(to: element) { (place) throws(PortableError) in
                try unsafe body(UnsafeRawPointer(place), plan)
            }
        }
    }
}

/// A collection whose elements are searched.
protocol SearchedElements {
    associatedtype Searched
    associatedtype SearchedSequence: Sequence<Searched>
    var searchedElements: SearchedSequence { get }
}

extension SearchedElements {
    static var searchedType: Any.Type { Searched.self }
}

extension Array: SearchedElements { var searchedElements: [Element] { self } }
extension ContiguousArray: SearchedElements { var searchedElements: ContiguousArray<Element> { self } }
extension ArraySlice: SearchedElements { var searchedElements: ArraySlice<Element> { self } }
extension Dictionary: SearchedElements { var searchedElements: Values { values } }

/// Finds the case of an enum, and the place of its payload.
struct SearchedEnum: Sendable {
    private let witnesses: ValueWitnesses
    /// The witnesses of the only payload, if they tell the cases apart.
    private let payload: ValueWitnesses?
    private let caseCount: Int

    init(_ witnesses: ValueWitnesses, payload: ValueWitnesses?, caseCount: Int) {
        (self.witnesses, self.payload, self.caseCount) = (witnesses, payload, caseCount)
    }

    /// Calls `body` with the number of the case, and with a copy of the payload, which must not be changed.
    func visit(
        _ value: UnsafeRawPointer, payloadCount: Int,
        _ body: (Int, UnsafeRawPointer) throws(PortableError) -> Void
    ) throws(PortableError) {
        if let payload {
            if unsafe payload.singlePayloadTag(value, emptyCases: caseCount - 1) == 0 { try unsafe body(0, value) }
            return
        }
        let tag = unsafe witnesses.tag(value)
        guard tag < payloadCount else { return }
        let copy = UnsafeMutableRawPointer.allocate(byteCount: max(1, witnesses.stride), alignment: witnesses.alignment)
        defer { unsafe copy.deallocate() }
        unsafe copy.copyMemory(from: value, byteCount: witnesses.size)
        unsafe witnesses.projectPayload(copy)
        try unsafe body(tag, UnsafeRawPointer(copy))
    }
}

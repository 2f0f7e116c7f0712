// Relies on V7 and V11.

/// Finds the types of a closure's captures. Names of types that depend on generic parameters are looked up in a generic
/// context of our own, whose arguments are the parameters' values according to the closure's descriptor.
@safe
struct CaptureTypes {
    private let box: ClosureBox
    /// The number of the function's parameters before its captures.
    private let shift: Int
    private let object: UnsafeRawPointer
    private let names: [CaptureName]
    private let sourcesAreBindings: Bool
    private var kinds: [CaptureKind?]
    /// The values read in the box.
    private var probes: [CaptureProbe] = []
    /// Types by their whole names, such as a parameter's element.
    private var known: [String: Any.Type] = [:]
    private var parameters = [Any.Type](
        repeating: NotBound.self, count: GenericDepths.depthCount * GenericDepths.countPerDepth)

    /// Why a capture has no type: for error messages.
    struct Failure: Error {
        let capture: Int
        let problem: String
    }

    /// The types of all captures, or the reason why one has none; and the values in this box that determine them, in
    /// reading order.
    static func find(
        in object: UnsafeRawPointer, _ box: ClosureBox
    ) -> (kinds: Result<[CaptureKind], Failure>, probes: [CaptureProbe]) {
        var first: Failure?
        var probes: [CaptureProbe] = []
        // The compiler numbers the function's parameters; the captures are the last of them.
        for shift in 0...parameterLimit {
            var types = unsafe CaptureTypes(object, box, shift)
            let failure = types.resolve()
            let isFit = failure == nil && (types.sourcesAreBindings || types.objectsFit())
            probes += types.probes
            if isFit { return (.success(types.kinds.map { $0! }), probes) }
            if first == nil { first = failure }
            if types.sourcesAreBindings { break }
        }
        return (.failure(first!), probes)
    }

    /// Parameters that a closure may have before its captures.
    private static let parameterLimit = 16

    /// Whether the objects have the classes that were found for them.
    private mutating func objectsFit() -> Bool {
        var layout = BoxLayout(box)
        for case .some(let kind) in kinds {
            let offset = layout.place(kind)
            guard case .value(let type) = kind, let expected = type as? AnyClass else { continue }
            var next: AnyClass? = classOfObject(at: offset) as? AnyClass
            while let current = next, current != expected { next = _getSuperclass(current) }
            if next == nil { return false }
        }
        return true
    }

    private mutating func classOfObject(at offset: Int) -> Any.Type {
        let probe = unsafe CaptureProbe.object(object, offset)
        probes.append(probe)
        return probe.type
    }

    private mutating func typeInWord(at offset: Int) -> Any.Type {
        let probe = unsafe CaptureProbe.word(object, offset)
        probes.append(probe)
        return probe.type
    }

    private init(_ object: UnsafeRawPointer, _ box: ClosureBox, _ shift: Int) {
        self.shift = shift
        unsafe self.object = object
        self.box = box
        names = (0..<box.captureCount).map { box.name($0) }
        sourcesAreBindings = (0..<box.sourceCount).allSatisfy { box.source($0).source.hasPrefix("B") }
        kinds = [CaptureKind?](repeating: nil, count: names.count)
    }

    private mutating func resolve() -> Failure? {
        for (index, name) in names.enumerated() {
            if let problem = Self.hindrance(name) { return Failure(capture: index, problem: problem) }
        }
        var sources = (0..<box.sourceCount).map { box.source($0) }
        // A captured object's class may determine a parameter, once the object's offset is known.
        while true {
            let before = (sources.count, kinds.count { $0 == nil })
            sources.removeAll { learn($0.parameter, $0.source) }
            for index in names.indices where kinds[index] == nil { kinds[index] = kind(names[index]) }
            let after = (sources.count, kinds.count { $0 == nil })
            if after.1 == 0 { return nil }
            // Each type that is found may determine the offset of an object, and that object's class further types.
            if after == before { break }
        }
        let index = kinds.firstIndex { $0 == nil }!
        return Failure(capture: index, problem: problem(names[index]))
    }

    /// Why a value of this type cannot travel, as far as its name tells.
    private static func hindrance(_ name: CaptureName) -> String? {
        if let reference = name.reference { return "it is \(reference), and would refer to nothing elsewhere" }
        if name.isBox { return boxProblem }
        if name.functionTraits?.contains("H") == true {
            return "it is an async function: only functions that do not wait can travel"
        }
        return nil
    }

    static let boxProblem = "it is a variable captured by reference: copy it to a `let` first"

    private func problem(_ name: CaptureName) -> String {
        if name.text.hasSuffix("_t"), name.text.contains("I") {
            return "it is a tuple with a function in it: capture the function by itself"
        }
        guard let nominal = name.nominal else {
            return "the runtime does not find its type, which the compiler calls \(name.text)"
        }
        return "the optimiser has left out the description of \(nominal.name): declare it public, or capture its parts"
    }

    private func kind(_ name: CaptureName) -> CaptureKind? {
        if name.isThinMetatype { return .nothing }
        // A metatype is a word, whatever its instance type is.
        if name.isThickMetatype { return .value(Any.Type.self) }
        if let type = known[name.text] { return .value(type) }
        if let traits = name.functionTraits { return functionKind(traits) }
        if let traits = name.optionalFunctionTraits {
            guard case .function? = functionKind(traits) else { return nil }
            return .value((() -> Void)?.self)
        }
        return type(name).map { .value($0) }
    }

    private func functionKind(_ traits: Substring) -> CaptureKind? {
        if traits.contains("C") { return .address }
        // A thin function has no context.
        return traits.hasPrefix("et") ? .address : .function
    }

    private func type(_ name: CaptureName) -> Any.Type? {
        let context = NominalType(of: GenericDepths.innermost)!
        let found = unsafe parameters.withUnsafeBufferPointer { arguments in
            unsafe _getTypeByMangledNameInContext(
                name.start.assumingMemoryBound(to: UInt8.self), UInt(name.length),
                genericContext: context.descriptor, genericArguments: UnsafeRawPointer(arguments.baseAddress))
        }
        guard let found else { return BareType.likeness(of: name) }
        guard !TypeParts.contain(NotBound.self, found) else { return nil }
        return found
    }

    /// Records the type that a source gives; false if the source cannot be read yet.
    private mutating func learn(_ parameter: CaptureName, _ source: String) -> Bool {
        var rest = source[...]
        guard let type = type(from: &rest) else { return false }
        if let index = GenericDepths.index(of: parameter.text) { parameters[index] = type }
        known[parameter.text] = type
        return true
    }

    /// `Bn` is the binding n, `Rn` the class of the object in capture n, `Mn` the type in capture n, and `Gn...` the
    /// generic argument n of the type that follows.
    private mutating func type(from source: inout Substring) -> Any.Type? {
        guard let letter = source.popFirst() else { return nil }
        let digits = source.prefix { $0.isNumber }
        guard let number = Int(digits) else { return nil }
        source = source.dropFirst(digits.count)
        switch letter {
        case "B":
            let bindings = unsafe box.bindings(of: object)
            guard unsafe number < bindings.count && bindings[number].isType else { return nil }
            return unsafe unsafeBitCast(bindings[number].word, to: Any.Type.self)
        case "R":
            guard number >= shift, names[safe: number - shift]?.isClass == true,
                let offset = offset(of: number - shift)
            else { return nil }
            return classOfObject(at: offset)
        case "M":
            guard number >= shift, names[safe: number - shift]?.isThickMetatype == true,
                let offset = offset(of: number - shift)
            else { return nil }
            return typeInWord(at: offset)
        case "G":
            guard let whole = type(from: &source) else { return nil }
            return genericArgument(number, of: whole)
        default: return nil
        }
    }

    /// The offset of a capture, which is a reference; nil unless the kinds of all captures before it are known.
    private func offset(of capture: Int) -> Int? {
        guard capture < kinds.count else { return nil }
        var layout = BoxLayout(box)
        for kind in kinds[..<capture] {
            guard let kind else { return nil }
            _ = layout.place(kind)
        }
        return layout.place(.address)
    }

    /// Of a class, which may have inherited the argument.
    private func genericArgument(_ number: Int, of type: Any.Type) -> Any.Type? {
        var type: Any.Type? = type
        while let current = type, let nominal = NominalType(of: current) {
            if nominal.isGeneric, let count = nominal.typeCount, number < count {
                return unsafe nominal.arguments(of: current).load(fromByteOffset: number * 8, as: Any.Type.self)
            }
            type = (current as? AnyClass).flatMap { _getSuperclass($0) }
        }
        return nil
    }
}

extension Array {
    fileprivate subscript(safe index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}

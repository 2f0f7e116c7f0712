import CMartletRuntime

// Relies on V7 and V9: a form consists of parts of this process, and the runtime makes the type or the table from it.

/// How the runtime makes a type or a witness table from descriptors and other types.
@safe
enum TypeForm {
    case nominal(UnsafeRawPointer)
    case generic(UnsafeRawPointer, arguments: [UnsafeRawPointer])
    case tuple([UnsafeRawPointer], labels: String?)
    case metatype(UnsafeRawPointer)
    case existential(hasClassConstraint: Bool, superclass: UnsafeRawPointer?, protocols: [UnsafeRawPointer])
    case function(flags: Int, result: UnsafeRawPointer, parameters: [UnsafeRawPointer], parameterFlags: [UInt32])
    case named(String)
    /// The witness table of a type for a protocol.
    case conformance(type: UnsafeRawPointer, to: UnsafeRawPointer)
    /// The witness table that a conformance's descriptor has for a type.
    case table(descriptor: UnsafeRawPointer, type: UnsafeRawPointer)
    /// A witness table that is part of an image.
    case constantTable(UnsafeRawPointer)

    /// The type or the table; nil if there is none.
    func make() -> UnsafeRawPointer? {
        switch self {
        case .nominal(let descriptor):
            guard let accessor = unsafe NominalType(descriptor)?.accessor else { return nil }
            guard ProgramImages.containing(UInt(bitPattern: accessor), .code) != nil else { return nil }
            return unsafe martlet_nominal_type(accessor)
        case .generic(let descriptor, let arguments):
            let words = unsafe arguments.map { unsafe Optional($0) }
            return unsafe words.withUnsafeBufferPointer {
                unsafe martlet_generic_type(descriptor, $0.baseAddress)
            }
        case .tuple(let elements, let labels):
            let words = unsafe elements.map { unsafe Optional($0) }
            return unsafe words.withUnsafeBufferPointer { words in
                guard let labels else { return unsafe martlet_tuple_type(words.count, words.baseAddress, nil) }
                return unsafe labels.withCString { unsafe martlet_tuple_type(words.count, words.baseAddress, $0) }
            }
        case .metatype(let instance): return unsafe martlet_metatype(instance)
        case .existential(let hasClassConstraint, let superclass, let protocols):
            let words = unsafe protocols.map { unsafe Optional($0) }
            return unsafe words.withUnsafeBufferPointer {
                unsafe martlet_existential_type(
                    hasClassConstraint ? 1 : 0, superclass, $0.count, $0.baseAddress)
            }
        case .function(let flags, let result, let parameters, let parameterFlags):
            let words = unsafe parameters.map { unsafe Optional($0) }
            return unsafe words.withUnsafeBufferPointer { words in
                unsafe parameterFlags.withUnsafeBufferPointer {
                    unsafe martlet_function_type(flags, words.baseAddress, $0.baseAddress, result)
                }
            }
        case .named(let name):
            guard let type = _typeByName(name) else { return nil }
            return unsafe unsafeBitCast(type, to: UnsafeRawPointer.self)
        case .conformance(let type, let target): return unsafe martlet_conformance(type, target)
        case .table(let descriptor, let type): return unsafe martlet_witness_table(descriptor, type)
        case .constantTable(let table): return unsafe table
        }
    }
}

// Relies on V7.

/// Inspects the arguments and elements of types.
enum TypeParts {
    /// Whether `type` is `part` or contains it anywhere.
    static func contain(_ part: Any.Type, _ type: Any.Type, depth: Int = 0) -> Bool {
        if type == part { return true }
        guard depth < FactWriter.depthLimit else { return false }
        let words: [UnsafeRawPointer]
        switch TypeForm.structural(type) {
        case .generic(_, let arguments): unsafe words = Array(arguments.prefix(NominalType(of: type)?.typeCount ?? 0))
        case .tuple(let elements, _): unsafe words = elements
        case .metatype(let instance): unsafe words = [instance]
        case .function(_, let result, let parameters, _): unsafe words = parameters + [result]
        default: return false
        }
        return unsafe words.contains { word in
            contain(part, unsafe unsafeBitCast(word, to: Any.Type.self), depth: depth + 1)
        }
    }
}

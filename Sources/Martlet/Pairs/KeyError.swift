public import MartletCore
import MartletShuffle

/// The error for a key type, which an operator compares and hashes; nil if the type is valid.
@inlinable @inline(__always)
func keyError<Key>(_: Key.Type, _ operation: String, _ site: CallSite) -> ArgumentError? {
    _isPOD(Key.self) || Key.self == String.self ? nil : keyError(of: Key.self, operation, site)
}

@usableFromInline @inline(never)
func keyError(of type: Any.Type, _ operation: String, _ site: CallSite) -> ArgumentError? {
    KeyTypes.problem(with: type).map { ArgumentError(operation: operation, callSite: site, problem: $0) }
}

/// - Throws: `ArgumentError` for a type whose values cannot be keys.
@inlinable @inline(__always)
func checkKeys<Key>(_ type: Key.Type, _ operation: String, _ site: CallSite) throws {
    if let error = keyError(type, operation, site) { throw error }
}

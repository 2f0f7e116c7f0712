import MartletBlocks
public import MartletCore

/// Calls a function that changes its first argument in place or returns its new value.
///
/// The type of the function's result tells both apart: Swift accepts a closure of one expression for a function that
/// returns nothing, and drops the expression's value, so `{ $0 + $1 }` would change nothing.
@inlinable @inline(__always)
func change<Result, Input, Returned>(
    _ result: inout Result, _ input: Input, by change: (inout Result, Input) throws -> Returned
) rethrows {
    let returned = try change(&result, input)
    if Returned.self == Result.self { result = unsafeBitCast(returned, to: Result.self) }
}

extension RDD {
    /// The error for functions that shall change a `Result` in place and return a value that nothing uses; nil if neither
    /// does.
    @usableFromInline @inline(never)
    func unusedResult<First, Second, Result>(
        _: First.Type, _: Second.Type, of _: Result.Type, _ operation: String, _ site: CallSite
    ) -> ArgumentError? {
        let returned: [Any.Type] = [First.self, Second.self]
        guard let type = returned.first(where: { !isUseful($0, for: Result.self) }) else { return nil }
        return ArgumentError(
            operation: operation, callSite: site,
            problem: "a function returns \(type), which nothing would use; it can return a new \(Result.self), or change its "
                + "first argument: write `_ =` before an expression whose value does not matter")
    }
}

/// Whether a function that changes a `Result` in place, or returns a new one, can have this result type.
private func isUseful(_ returned: Any.Type, for result: Any.Type) -> Bool {
    if returned == Void.self || returned == Never.self || returned == result { return true }
    // The results of `Set.insert`, `updateValue`, `removeValue` and similar methods need not be used.
    if let wrapped = (returned as? any OptionalType.Type)?.wrapped { return wrapped != result }
    return "\(returned)".hasPrefix("(inserted: Bool, memberAfterInsert: ")
}

private protocol OptionalType {
    static var wrapped: Any.Type { get }
}

extension Optional: OptionalType {
    fileprivate static var wrapped: Any.Type { Wrapped.self }
}

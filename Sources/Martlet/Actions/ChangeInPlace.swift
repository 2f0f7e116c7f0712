import MartletBlocks
public import MartletCore

/// Calls a function that changes its first argument in place or returns what it shall be.
///
/// Both are told apart by what the function returns, since Swift lets a closure of one expression stand for a function that
/// returns nothing, and drops what the expression gives: `{ $0 + $1 }` would change nothing.
@inlinable @inline(__always)
func change<Result, Input, Returned>(
    _ result: inout Result, _ input: Input, by change: (inout Result, Input) throws -> Returned
) rethrows {
    let returned = try change(&result, input)
    if Returned.self == Result.self { result = unsafeBitCast(returned, to: Result.self) }
}

extension RDD {
    /// Why functions that shall change a `Result` in place, and return something, cannot mean that; nil if they can.
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

/// Whether a function that is given a `Result` to change can mean to do so if it returns this.
private func isUseful(_ returned: Any.Type, for result: Any.Type) -> Bool {
    if returned == Void.self || returned == Never.self || returned == result { return true }
    // The values of `Set.insert`, and those of `updateValue`, `removeValue` and their like, do not have to be used.
    if let wrapped = (returned as? any OptionalType.Type)?.wrapped { return wrapped != result }
    return "\(returned)".hasPrefix("(inserted: Bool, memberAfterInsert: ")
}

private protocol OptionalType {
    static var wrapped: Any.Type { get }
}

extension Optional: OptionalType {
    fileprivate static var wrapped: Any.Type { Wrapped.self }
}

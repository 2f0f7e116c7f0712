/// A broadcast value was used after `destroy()`.
///
///     let names = context.broadcast(["de": "Germany"])
///     let codes = context.parallelize(["de"], partitions: 1).map { names.value[$0] ?? "?" }
///     names.destroy()
///     try await codes.count()   // throws DestroyedBroadcast
public struct DestroyedBroadcast: Error, Hashable, CustomStringConvertible {
    /// The broadcast.
    public let id: BroadcastID
    /// Where it was made.
    public let madeAt: CallSite
    /// Where it was destroyed.
    public let destroyedAt: CallSite
    /// The operator whose function has it; nil where it was read.
    public let operation: String?
    /// Where the operator was called.
    public let callSite: CallSite?

    package init(_ id: BroadcastID, madeAt: CallSite, destroyedAt: CallSite) {
        self.init(id, madeAt, destroyedAt, nil, nil)
    }

    private init(
        _ id: BroadcastID, _ madeAt: CallSite, _ destroyedAt: CallSite, _ operation: String?, _ callSite: CallSite?
    ) {
        self.id = id
        self.madeAt = madeAt
        self.destroyedAt = destroyedAt
        self.operation = operation
        self.callSite = callSite
    }

    /// The same, in the function of an operator.
    package func used(by operation: String, _ callSite: CallSite) -> DestroyedBroadcast {
        DestroyedBroadcast(id, madeAt, destroyedAt, operation, callSite)
    }

    /// `the function of map at Main.swift:12 uses broadcast 3 of Main.swift:10, which was destroyed at Main.swift:11; ...`
    public var description: String {
        let user = operation.flatMap { operation in callSite.map { "the function of \(operation) at \($0) uses " } } ?? ""
        let end = user.isEmpty ? " was destroyed at" : ", which was destroyed at"
        return "\(user)broadcast \(id) of \(madeAt)\(end) \(destroyedAt); destroy it after the last job that reads it, "
            + "or call unpersist(), after which it can be used again"
    }
}

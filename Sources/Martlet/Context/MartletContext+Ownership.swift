import MartletCore
import MartletLineage

// RDDs belong to the context that made them: ids, shuffles and cached partitions of another context have no meaning in its
// plans.
extension MartletContext {
    /// The error for an operator with inputs of another context; nil if all are of this context.
    func foreignInput(_ operation: String, _ site: CallSite, _ inputs: [LineageNode]) -> ArgumentError? {
        guard let foreign = inputs.first(where: { $0.owner != applicationID }) else { return nil }
        let own = inputs.first { $0.owner == applicationID }
        let both = own.map { "\(Self.describe($0)) belongs to the context \(applicationID)" }
            ?? "it was called on the context \(applicationID)"
        return ArgumentError(
            operation: operation, callSite: site,
            problem: "\(both), and \(Self.describe(foreign)) belongs to the context \(foreign.owner). An RDD can only be used in the "
                + "context that made it: make both in one context, or collect() the other RDD and parallelize() it in this one")
    }

    /// `map at Main.swift:12 [3]`
    private static func describe(_ node: LineageNode) -> String { "\(node.operation) at \(node.callSite) [\(node.id)]" }
}

import MartletBlocks
public import MartletCore
import MartletDriver
package import MartletLineage
import MartletPlan
import Synchronization

// Operators on RDDs that are not planned yet: input is inspected when an action runs, or when partitions are requested. Until
// then, nodes that depend on the number of partitions cannot be made, so such operators are deferred.

extension RDD {
    /// The deferred RDD of an operator; nil if the RDD can be made now.
    ///
    /// - Parameters:
    ///   - ids: how many ids `make` takes at most, for RDDs and shuffles.
    ///   - make: makes the RDD out of inputs that are planned.
    @usableFromInline
    func deferred<Output>(
        _ operation: String, _ site: CallSite, ids: Int, _ make: @escaping @Sendable () -> RDD<Output>
    ) -> RDD<Output>? {
        context.deferred([lineage], operation, site, ids: ids, make)
    }

    /// The same for an operator on two RDDs.
    @usableFromInline
    func deferred<Other, Output>(
        with other: RDD<Other>, _ operation: String, _ site: CallSite, ids: Int,
        _ make: @escaping @Sendable () -> RDD<Output>
    ) -> RDD<Output>? {
        context.deferred([lineage, other.lineage], operation, site, ids: ids, make)
    }
}

extension MartletContext {
    /// The deferred RDD of an operator on these inputs; nil if the RDD can be made now.
    func deferred<Output>(
        _ inputs: [LineageNode], _ operation: String, _ site: CallSite, ids count: Int,
        _ make: @escaping @Sendable () -> RDD<Output>
    ) -> RDD<Output>? {
        if inputs.allSatisfy(\.isPlanned) { return nil }
        if let foreign = foreignInput(operation, site, inputs) { return broken(operation, site, Output.self, foreign) }
        let ids = reserveIDs(count)
        return later(RDDID(ids.last), operation, site, Output.self, inputs) {
            let made = ReservedIDs.$current.withValue(ids) { make().lineage }
            guard let layout = made.layout else { preconditionFailure("an operator on planned inputs is planned") }
            guard made.id.rawValue > ids.last - count else { return Self.passing(made, layout, ids.last, operation, site) }
            let renumbered = NodeLayout(
                layout.shape.renumbered(RDDID(ids.last)), partitioning: layout.partitioning, problem: layout.problem)
            return (renumbered, made.computation)
        }
    }

    /// A node that is planned when its layout is first needed.
    package func later<Output>(
        _ id: RDDID, _ operation: String, _ site: CallSite, _: Output.Type, _ inputs: [LineageNode] = [],
        plan: @escaping Planning.Make
    ) -> RDD<Output> {
        RDD(
            self,
            LineageNode(
                id: id, operation, site, ElementType(Output.self), owner: applicationID, parents: inputs,
                onRelease: { [driver] in driver.forgetCache(of: $0) }, plan: plan))
    }

    /// A node that passes on an input, which an operator has returned unchanged.
    private static func passing(
        _ input: LineageNode, _ layout: NodeLayout, _ id: Int, _ operation: String, _ site: CallSite
    ) -> (NodeLayout, NodeComputation) {
        let dependencies = [Dependency.narrow(NarrowDependency(parent: input.id, mapping: .oneToOne))]
        let shape = PlanNode(
            id: RDDID(id), operation: operation, callSite: site, partitionCount: layout.shape.partitionCount,
            dependencies: dependencies, partitioner: layout.shape.partitioner, elementType: layout.shape.elementType)
        let computation = NodeComputation(
            .compute { sources, _, _ in sources[0] }, dependencies: dependencies, parents: [input], onRelease: { _ in })
        return (NodeLayout(shape, partitioning: layout.partitioning, problem: layout.problem), computation)
    }
}

/// Ids that are reserved for a deferred operator: larger than the ids of its inputs, and smaller than all ids made since (P2).
final class ReservedIDs: Sendable {
    @TaskLocal static var current: ReservedIDs?

    /// The largest id, which the RDD itself has.
    let last: Int
    private let next: Atomic<Int>

    init(last: Int, count: Int) {
        self.last = last
        next = Atomic(last - count + 1)
    }

    func take() -> Int {
        let id = next.wrappingAdd(1, ordering: .relaxed).oldValue
        precondition(id <= last, "an operator takes more ids than it has said")
        return id
    }
}

/// Input could not be read when an operator needed its partitions, but could be read a moment later.
struct LateInput: Error, CustomStringConvertible {
    let operation: String
    let callSite: CallSite

    var description: String { "\(operation) at \(callSite): its input was not there when it was called; call it again" }
}

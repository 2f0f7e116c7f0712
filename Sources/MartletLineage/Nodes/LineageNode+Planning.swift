package import MartletBlocks
package import MartletCore
package import MartletPlan
import Synchronization

extension LineageNode {
    /// A node that is planned when its plan is first needed: it depends on unplanned nodes, or on files.
    package convenience init(
        id: RDDID, _ operation: String, _ callSite: CallSite, _ elementType: ElementType, owner: String, parents: [LineageNode],
        onRelease: @escaping @Sendable (RDDID) -> Void, plan: @escaping Planning.Make
    ) {
        self.init(
            id: id, operation, callSite, elementType, owner: owner, planning: Planning(parents, plan), onRelease: onRelease)
    }

    package var isPlanned: Bool { layout != nil }

    /// Plans the node, after the nodes that it is computed from.
    ///
    /// - Throws: why planning fails now, such as missing input. The next call retries.
    package func ensurePlanned() throws {
        if isPlanned { return }
        for node in unplanned() {
            try node.planning?.run { layout, computation in
                node.mutable.withLock { mutable in
                    mutable.layout = layout
                    mutable.computation = computation
                }
            }
        }
    }

    /// The unplanned nodes among this one and its ancestors, parents first. A planned node has no unplanned parents.
    private func unplanned() -> [LineageNode] {
        var found = [self]
        var seen: Set<RDDID> = [id]
        var next = 0
        while next < found.count {
            for parent in found[next].planning?.parents ?? [] where !parent.isPlanned && seen.insert(parent.id).inserted {
                found.append(parent)
            }
            next += 1
        }
        return found.sorted { $0.id < $1.id }
    }

    /// The layout; plans the node if necessary. Nil if planning fails now.
    private var knownLayout: NodeLayout? {
        if let layout { return layout }
        try? ensurePlanned()
        return layout
    }

    /// 0 for a node that cannot be planned now.
    package var partitionCount: Int { knownLayout?.shape.partitionCount ?? 0 }

    package var partitioner: PartitionerIdentity? { knownLayout?.shape.partitioner }

    /// The typed half of `partitioner`; see `NodeLayout`.
    package var partitioning: (any AnyObject & Sendable)? { knownLayout?.partitioning }

    package var dependencies: [Dependency] { knownLayout == nil ? [] : computation.dependencies }

    package var shuffles: [ShuffleID: ShuffleProgram] { knownLayout == nil ? [:] : computation.shuffles }

    /// Why this node cannot be computed.
    package var problem: (any Error)? {
        do {
            try ensurePlanned()
        } catch {
            return error
        }
        return layout?.problem
    }
}

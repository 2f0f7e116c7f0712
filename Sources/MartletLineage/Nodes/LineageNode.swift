package import MartletBlocks
package import MartletCore
package import MartletPlan
import Synchronization

/// A node of the lineage with its program: the plan's data, what to run, and the nodes it is computed from.
///
/// A node is planned when it is made if the nodes that it is computed from are; otherwise, as for files, when its plan is first
/// needed (`LineageNode+Planning`). Nodes live as long as something refers to them. When the last reference to a node with cached
/// partitions is released, `onRelease` releases the partitions.
package final class LineageNode: Sendable {
    package let id: RDDID
    /// The application that the node belongs to; empty where tasks run.
    package let owner: String
    package let operation: String
    package let callSite: CallSite
    package let elementType: ElementType
    /// Nil for a node that was planned when it was made.
    let planning: Planning?
    /// Nil for a node that was not planned when it was made.
    private let planned: NodeLayout?
    let mutable: Mutex<Mutable>
    private let onRelease: @Sendable (RDDID) -> Void
    private let checked = Atomic<PortabilityCheck.Generation>(0)

    struct Mutable: Sendable {
        var name: String?
        var storageLevel: StorageLevel
        /// Set if a level was requested while another was set.
        var levelConflict: (any Error)?
        var checkpoint = CheckpointState.none
        /// The result of planning.
        var layout: NodeLayout?
        /// Nil until the node is planned, and while it is being released.
        var computation: NodeComputation?
    }

    package init(
        _ shape: PlanNode, _ elementType: ElementType, owner: String = "", computation: NodeComputation, problem: (any Error)? = nil,
        partitioning: (any AnyObject & Sendable)? = nil, onRelease: @escaping @Sendable (RDDID) -> Void
    ) {
        id = shape.id
        self.owner = owner
        operation = shape.operation
        callSite = shape.callSite
        self.elementType = elementType
        planning = nil
        planned = NodeLayout(shape, partitioning: partitioning, problem: problem)
        self.onRelease = onRelease
        mutable = Mutex(Mutable(name: shape.name, storageLevel: shape.storageLevel, computation: computation))
    }

    /// A node that is planned later.
    init(
        id: RDDID, _ operation: String, _ callSite: CallSite, _ elementType: ElementType, owner: String, planning: Planning,
        onRelease: @escaping @Sendable (RDDID) -> Void
    ) {
        self.id = id
        self.owner = owner
        self.operation = operation
        self.callSite = callSite
        self.elementType = elementType
        self.planning = planning
        planned = nil
        self.onRelease = onRelease
        mutable = Mutex(Mutable(storageLevel: .none))
    }

    deinit {
        if storageLevel.isPersistent { onRelease(id) }
        if let planning { release(planning.takeParents()) }
    }

    /// Takes the parents out of a node that is about to be released; not if its computation is still in use elsewhere.
    func takeParents() -> [LineageNode] {
        var computation = mutable.withLock { $0.computation.take() }
        let parents = isKnownUniquelyReferenced(&computation) ? computation?.takeParents() ?? [] : []
        return parents + (planning?.takeParents() ?? [])
    }

    /// The layout of the node; nil until it is planned.
    package var layout: NodeLayout? { planned ?? mutable.withLock { $0.layout } }

    /// How the node is computed now. An unplanned node has a stand-in, for display only.
    package var computation: NodeComputation {
        if let computation = mutable.withLock({ $0.computation }) { return computation }
        guard let planning else { preconditionFailure("a released node is in use") }
        return planning.standIn
    }

    /// Cuts the lineage: replaces the node's computation.
    package func replaceComputation(_ computation: NodeComputation) {
        let old = mutable.withLock { mutable in
            defer { mutable.computation = computation }
            return mutable.computation
        }
        // Releases it here, outside the lock.
        withExtendedLifetime(old) {}
    }

    /// The node as the planner sees it now.
    package var plan: PlanNode { plan(computedBy: computation) }

    func plan(computedBy computation: NodeComputation) -> PlanNode {
        var node = layout?.shape ?? unplannedShape(computedBy: computation)
        (node.name, node.storageLevel) = mutable.withLock { ($0.name, $0.storageLevel) }
        return computation.checkpoint.map { node.cut(checkpoint: $0.description) } ?? node
    }

    private func unplannedShape(computedBy computation: NodeComputation) -> PlanNode {
        PlanNode(
            id: id, operation: operation, callSite: callSite, partitionCount: 0, dependencies: computation.dependencies,
            elementType: elementType.name)
    }

    package var parents: [LineageNode] { computation.parents }
    package var storageLevel: StorageLevel { mutable.withLock { $0.storageLevel } }
    package var name: String? { mutable.withLock { $0.name } }
    package var levelConflict: (any Error)? { mutable.withLock { $0.levelConflict } }

    package func setName(_ name: String) { mutable.withLock { $0.name = name } }

    /// Sets the level if none is set. A level other than the one already set is a conflict, until `clearStorageLevel`.
    package func setStorageLevel(_ level: StorageLevel, orElse conflict: (StorageLevel) -> any Error) {
        mutable.withLock { mutable in
            // Partitions that are cached in place of their lineage must not be lost for want of memory.
            let wanted = mutable.checkpoint.isLocal ? level.withDisk : level
            let known = mutable.storageLevel
            if known == wanted { return }
            if known.isPersistent { mutable.levelConflict = conflict(known) } else { mutable.storageLevel = wanted }
        }
    }

    /// - Returns: the level before.
    package func clearStorageLevel() -> StorageLevel {
        mutable.withLock { mutable in
            defer { (mutable.storageLevel, mutable.levelConflict) = (.none, nil) }
            return mutable.storageLevel
        }
    }

    /// Changes the state of the node's checkpoint, and its level with it.
    package func changeCheckpoint<Result: Sendable>(
        _ change: (inout CheckpointState, inout StorageLevel) -> Result
    ) -> Result {
        mutable.withLock { change(&$0.checkpoint, &$0.storageLevel) }
    }

    /// The generation in which its functions last passed the check.
    var check: PortabilityCheck.Generation { checked.load(ordering: .relaxed) }

    func setChecked(_ check: PortabilityCheck.Generation) { checked.store(check, ordering: .relaxed) }

    package var checkpoint: CheckpointState { mutable.withLock { $0.checkpoint } }

    /// Every node that this one is computed from, itself included, in no particular order.
    package func reachable() -> [LineageNode] { snapshot().map(\.node) }

    /// The same nodes, each with its present computation: the input of a plan must not change meanwhile.
    package func snapshot() -> [LineageSnapshot] {
        var found = [LineageSnapshot(self)]
        var seen: Set<RDDID> = [id]
        var next = 0
        while next < found.count {
            for parent in found[next].computation.parents where seen.insert(parent.id).inserted {
                found.append(LineageSnapshot(parent))
            }
            next += 1
        }
        return found
    }
}

/// A node at one moment.
package struct LineageSnapshot: Sendable {
    package let node: LineageNode
    package let computation: NodeComputation
    package let plan: PlanNode

    package init(_ node: LineageNode) {
        self.node = node
        computation = node.computation
        plan = node.plan(computedBy: computation)
    }
}

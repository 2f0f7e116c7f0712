package import MartletBlocks
package import MartletCore
package import MartletPlan
import Synchronization

/// A node of the lineage with its program: the plan's data, what to run, and the nodes it is computed from.
///
/// Nodes live as long as something refers to them. When the last reference to one whose partitions are kept goes,
/// `onRelease` gives them back.
package final class Lineage: Sendable {
    package let id: RDDID
    package let elementType: ElementType
    /// Why this node, or one that it is computed from, cannot be computed, found when it was made: its actions throw it.
    package let problem: (any Error)?
    /// The typed half of `partitioner`, a `KeyPartitioning` of the keys' type; nil where keys are hashed, or placed by a
    /// sort.
    package let partitioning: (any AnyObject & Sendable)?
    private let shape: PlanNode
    private let mutable: Mutex<Mutable>
    private let onRelease: @Sendable (RDDID) -> Void
    private let checked = Atomic(false)

    private struct Mutable: Sendable {
        var name: String?
        var storageLevel: StorageLevel
        /// A level was asked for while there was another.
        var levelConflict: (any Error)?
        var checkpoint = CheckpointState.none
        /// Nil only while the node is being released.
        var origin: Origin?
    }

    package init(
        _ shape: PlanNode, _ elementType: ElementType, origin: Origin, problem: (any Error)? = nil,
        partitioning: (any AnyObject & Sendable)? = nil, onRelease: @escaping @Sendable (RDDID) -> Void
    ) {
        id = shape.id
        self.shape = shape
        self.elementType = elementType
        self.problem = problem
        self.partitioning = partitioning
        self.onRelease = onRelease
        mutable = Mutex(Mutable(name: shape.name, storageLevel: shape.storageLevel, origin: origin))
    }

    deinit { if storageLevel.isPersistent { onRelease(id) } }

    /// Takes what a node is computed from out of one that is about to go; nothing where others need the same origin.
    func takeParents() -> [Lineage] {
        var origin = mutable.withLock { $0.origin.take() }
        return isKnownUniquelyReferenced(&origin) ? origin?.takeParents() ?? [] : []
    }

    /// How the node is computed now.
    package var origin: Origin {
        guard let origin = mutable.withLock({ $0.origin }) else { preconditionFailure("a released node is in use") }
        return origin
    }

    /// Cuts the lineage: from now on the node is computed otherwise.
    package func replaceOrigin(_ origin: Origin) {
        let old = mutable.withLock { mutable in
            defer { mutable.origin = origin }
            return mutable.origin
        }
        // Goes here, outside of the lock.
        withExtendedLifetime(old) {}
    }

    /// The node as the planner sees it now.
    package var plan: PlanNode { plan(computedBy: origin) }

    func plan(computedBy origin: Origin) -> PlanNode {
        var node = shape
        (node.name, node.storageLevel) = mutable.withLock { ($0.name, $0.storageLevel) }
        return origin.checkpoint.map { node.cut(checkpoint: $0.description) } ?? node
    }

    package var parents: [Lineage] { origin.parents }
    package var dependencies: [Dependency] { origin.dependencies }
    package var shuffles: [ShuffleID: ShuffleProgram] { origin.shuffles }
    package var partitionCount: Int { shape.partitionCount }
    package var partitioner: PartitionerIdentity? { shape.partitioner }
    package var operation: String { shape.operation }
    package var callSite: CallSite { shape.callSite }
    package var storageLevel: StorageLevel { mutable.withLock { $0.storageLevel } }
    package var name: String? { mutable.withLock { $0.name } }
    package var levelConflict: (any Error)? { mutable.withLock { $0.levelConflict } }

    package func setName(_ name: String) { mutable.withLock { $0.name = name } }

    /// Asks for a level where there is none, or the same; anything else is a conflict, until `clearStorageLevel`.
    package func setStorageLevel(_ level: StorageLevel, orElse conflict: (StorageLevel) -> any Error) {
        mutable.withLock { mutable in
            // What is cached in place of its lineage must not be lost for want of memory.
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

    /// Changes what is known of the node's checkpoint, and its level with it.
    package func changeCheckpoint<Result: Sendable>(
        _ change: (inout CheckpointState, inout StorageLevel) -> Result
    ) -> Result {
        mutable.withLock { change(&$0.checkpoint, &$0.storageLevel) }
    }

    /// Its functions were looked at and hold nothing that they must not.
    var isChecked: Bool { checked.load(ordering: .relaxed) }

    func setChecked() { checked.store(true, ordering: .relaxed) }

    package var checkpoint: CheckpointState { mutable.withLock { $0.checkpoint } }

    /// Every node that this one is computed from, itself included, in no particular order.
    package func reachable() -> [Lineage] { snapshot().map(\.node) }

    /// The same, each with what it is computed from now: what a plan is made of must not change meanwhile.
    package func snapshot() -> [LineageSnapshot] {
        var found = [LineageSnapshot(self)]
        var seen: Set<RDDID> = [id]
        var next = 0
        while next < found.count {
            for parent in found[next].origin.parents where seen.insert(parent.id).inserted {
                found.append(LineageSnapshot(parent))
            }
            next += 1
        }
        return found
    }
}

/// A node at one moment.
package struct LineageSnapshot: Sendable {
    package let node: Lineage
    package let origin: Origin
    package let plan: PlanNode

    init(_ node: Lineage) {
        self.node = node
        origin = node.origin
        plan = node.plan(computedBy: origin)
    }
}

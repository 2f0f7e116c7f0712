package import MartletBlocks
package import MartletCore
package import MartletPlan
import Synchronization

/// A node of the lineage with its program: the plan's data, what to run, and the nodes it is computed from.
///
/// Nodes live as long as something refers to them. When the last reference goes, `onRelease` gives back what the node
/// owned (cached partitions, shuffle outputs).
package final class Lineage: Sendable {
    package let id: RDDID
    package let program: NodeProgram
    package let elementType: ElementType
    /// Why this node, or one that it is computed from, cannot be computed, found when it was made: its actions throw it.
    package let problem: (any Error)?
    /// One program for each shuffle dependency, in the order of the dependencies.
    package let shuffles: [ShuffleID: ShuffleProgram]
    /// The typed half of `partitioner`, a `KeyPartitioning` of the keys' type; nil where keys are hashed, or placed by a
    /// sort.
    package let partitioning: (any AnyObject & Sendable)?
    private let shape: PlanNode
    private let mutable: Mutex<Mutable>
    private let onRelease: @Sendable (PlanNode) -> Void

    private struct Mutable: Sendable {
        var name: String?
        var storageLevel: StorageLevel
        var parents: [Lineage]
    }

    package init(
        _ shape: PlanNode, _ elementType: ElementType, program: NodeProgram, problem: (any Error)? = nil,
        shuffles: [ShuffleID: ShuffleProgram] = [:], partitioning: (any AnyObject & Sendable)? = nil,
        parents: [Lineage], onRelease: @escaping @Sendable (PlanNode) -> Void
    ) {
        id = shape.id
        self.shape = shape
        self.program = program
        self.elementType = elementType
        self.problem = problem
        self.shuffles = shuffles
        self.partitioning = partitioning
        self.onRelease = onRelease
        mutable = Mutex(Mutable(name: shape.name, storageLevel: shape.storageLevel, parents: parents))
    }

    /// A chain of a hundred thousand nodes must not be released by recursion.
    deinit {
        onRelease(plan)
        var waiting = takeParents()
        while var node = waiting.popLast() {
            if isKnownUniquelyReferenced(&node) { waiting += node.takeParents() }
        }
    }

    private func takeParents() -> [Lineage] {
        mutable.withLock { mutable in
            defer { mutable.parents = [] }
            return mutable.parents
        }
    }

    /// The node as the planner sees it now.
    package var plan: PlanNode {
        mutable.withLock { mutable in
            var node = shape
            node.name = mutable.name
            node.storageLevel = mutable.storageLevel
            return node
        }
    }

    package var parents: [Lineage] { mutable.withLock { $0.parents } }
    package var partitionCount: Int { shape.partitionCount }
    package var dependencies: [Dependency] { shape.dependencies }
    package var partitioner: PartitionerIdentity? { shape.partitioner }
    package var operation: String { shape.operation }
    package var callSite: CallSite { shape.callSite }
    package var storageLevel: StorageLevel { mutable.withLock { $0.storageLevel } }
    package var name: String? { mutable.withLock { $0.name } }

    package func setName(_ name: String) { mutable.withLock { $0.name = name } }

    /// - Returns: the level before.
    package func setStorageLevel(_ level: StorageLevel) -> StorageLevel {
        mutable.withLock { mutable in
            defer { mutable.storageLevel = level }
            return mutable.storageLevel
        }
    }

    /// Every node that this one is computed from, itself included, in no particular order.
    package func reachable() -> [Lineage] {
        var found: [Lineage] = [self]
        var seen: Set<RDDID> = [id]
        var next = 0
        while next < found.count {
            for parent in found[next].parents where seen.insert(parent.id).inserted { found.append(parent) }
            next += 1
        }
        return found
    }
}

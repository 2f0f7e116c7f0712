import MartletBlocks
package import MartletCore
package import MartletPlan
import Synchronization

/// How a node of the lineage is computed, and from what.
///
/// A checkpoint replaces a node's computation by another, which reads the checkpoint; that cuts the lineage. A running job that
/// still needs the old computation holds it. The outputs of its shuffles are released with it.
package final class NodeComputation: Sendable {
    package let program: NodeProgram
    package let dependencies: [Dependency]
    /// One program for each shuffle dependency.
    package let shuffles: [ShuffleID: ShuffleProgram]
    /// How each shuffle is read.
    let reads: [ShuffleID: ShuffleRead]
    /// The checkpoint that replaces the cut lineage.
    package let checkpoint: CheckpointPlace?
    private let parentNodes: Mutex<[LineageNode]>
    private let onRelease: @Sendable ([ShuffleID]) -> Void

    package convenience init(
        _ program: NodeProgram, dependencies: [Dependency] = [], shuffles: [ShuffleID: ShuffleProgram] = [:],
        parents: [LineageNode] = [], checkpoint: CheckpointPlace? = nil, onRelease: @escaping @Sendable ([ShuffleID]) -> Void
    ) {
        self.init(
            program, dependencies: dependencies, shuffles: shuffles, reads: shuffles.mapValues(\.read),
            parents: parents, checkpoint: checkpoint, onRelease: onRelease)
    }

    /// - Parameter shuffles: none if other processes run the map sides.
    package init(
        _ program: NodeProgram, dependencies: [Dependency], shuffles: [ShuffleID: ShuffleProgram] = [:],
        reads: [ShuffleID: ShuffleRead], parents: [LineageNode], checkpoint: CheckpointPlace? = nil,
        onRelease: @escaping @Sendable ([ShuffleID]) -> Void
    ) {
        self.program = program
        self.dependencies = dependencies
        self.shuffles = shuffles
        self.reads = reads
        self.checkpoint = checkpoint
        self.onRelease = onRelease
        parentNodes = Mutex(parents)
    }

    /// A chain of a hundred thousand nodes must not be released by recursion.
    deinit {
        let written = dependencies.compactMap { dependency -> ShuffleID? in
            if case .shuffle(let shuffle) = dependency { shuffle.id } else { nil }
        }
        if !written.isEmpty { onRelease(written) }
        release(takeParents())
    }

    package func read(_ shuffle: ShuffleID) -> ShuffleRead {
        guard let read = reads[shuffle] else { preconditionFailure("shuffle \(shuffle) has no program") }
        return read
    }

    /// One for each dependency.
    package var parents: [LineageNode] { parentNodes.withLock { $0 } }

    /// Takes the parents out of a computation that is about to be released.
    func takeParents() -> [LineageNode] {
        parentNodes.withLock { parents in
            defer { parents = [] }
            return parents
        }
    }
}

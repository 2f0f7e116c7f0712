import MartletBlocks
package import MartletCore
package import MartletPlan
import Synchronization

/// How a node of the lineage is computed, and from what.
///
/// A node has one until a checkpoint gives it another, which reads what was written; that cuts the lineage. Who still needs
/// the old one, a job that runs, holds it. With it go the outputs of its shuffles.
package final class NodeComputation: Sendable {
    package let program: NodeProgram
    package let dependencies: [Dependency]
    /// One program for each shuffle dependency.
    package let shuffles: [ShuffleID: ShuffleProgram]
    /// How each of them is read.
    let reads: [ShuffleID: ShuffleRead]
    /// What takes the place of what was cut off.
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

    /// - Parameter shuffles: none where the map sides are the business of other processes.
    init(
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

    func read(_ shuffle: ShuffleID) -> ShuffleRead {
        guard let read = reads[shuffle] else { preconditionFailure("shuffle \(shuffle) has no program") }
        return read
    }

    /// One for each dependency.
    package var parents: [LineageNode] { parentNodes.withLock { $0 } }

    /// Takes the parents out of an computation that is about to go.
    func takeParents() -> [LineageNode] {
        parentNodes.withLock { parents in
            defer { parents = [] }
            return parents
        }
    }
}

public import MartletBlocks
public import MartletCore
import MartletDriver
import MartletFiles
package import MartletLineage

extension MartletContext {
    /// Writes the requested checkpoints of the RDDs that an action needed: on each path up the lineage only the first, which
    /// cuts off the lineage beyond it.
    package func writeCheckpoints(below root: LineageNode) async throws {
        guard checkpoints.areUsed else { return }
        var waiting = [root]
        var seen: Set<RDDID> = [root.id]
        while let node = waiting.popLast() {
            if let (kind, site) = node.beginCheckpoint() {
                try await write(node, kind, site)
            } else if case .none = node.checkpoint {
                for parent in node.parents where seen.insert(parent.id).inserted { waiting.append(parent) }
            }
        }
    }

    private func write(_ node: LineageNode, _ kind: CheckpointKind, _ site: CallSite) async throws {
        do {
            let written =
                switch kind {
                case .files: try await writeFiles(of: node, site)
                case .cache: try await fillCache(of: node, site)
                }
            if let written { node.replaceComputation(written) }
            node.endCheckpoint(at: written?.checkpoint)
        } catch {
            node.endCheckpoint(at: nil)
            throw error
        }
    }

    private func writeFiles(of node: LineageNode, _ site: CallSite) async throws -> NodeComputation {
        let committer = OutputCommitter(directory: try checkpoints.directory(of: node.id, site))
        let element = node.elementType
        try await commitParts(to: committer, synchronizes: true) {
            try await driver.run(
                job(on: node, "checkpoint", site) { source, task in
                    try committer.writeObjects(of: element, source, task, synchronizes: true)
                } deliver: { _, _ in })
        }
        let program = NodeProgram.source { partition, _ in
            try ElementPageSource(element, input: committer.partPath(partition))
        }
        return NodeComputation(program, checkpoint: .directory(committer.directory), onRelease: { _ in })
    }

    /// - Returns: nil if partitions could not be cached: then the lineage is still needed.
    private func fillCache(of node: LineageNode, _ site: CallSite) async throws -> NodeComputation? {
        driver.remember(node)
        let blocks = (0..<node.partitionCount).map { BlockID(rdd: node.id, partition: $0) }
        let missing = blocks.filter { !driver.cached.keeps($0) }.map(\.partition)
        // Opening a partition caches it.
        try await driver.run(
            job(on: node, partitions: missing, "localCheckpoint", site, task: { _, _ in }, deliver: { _, _ in }))
        guard blocks.allSatisfy(driver.cached.keeps) else { return nil }
        let id = node.id
        let program = NodeProgram.source { partition, _ in
            throw LostCheckpointError(callSite: site, rdd: id, partition: partition)
        }
        return NodeComputation(program, checkpoint: .cache, onRelease: { _ in })
    }
}

/// A partition of an RDD whose lineage `localCheckpoint()` has cut is no longer cached.
///
///     let numbers = context.range(0, 10, partitions: 2).localCheckpoint()
///     try await numbers.count()   // 10
///     numbers.unpersist()
///     try await numbers.count()   // throws JobError
public struct LostCheckpointError: EngineFailure, Hashable, CustomStringConvertible {
    /// The line that called `localCheckpoint()`.
    public let callSite: CallSite
    /// The RDD.
    public let rdd: RDDID
    /// The lost partition.
    public let partition: Int

    public var description: String {
        "localCheckpoint at \(callSite): partition \(partition) of RDD \(rdd) is no longer cached, and nothing can compute "
            + "it; use checkpoint() for what must survive unpersist(), damaged files and full disks"
    }
}

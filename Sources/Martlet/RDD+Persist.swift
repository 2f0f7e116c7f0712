public import MartletCore
import MartletBlocks
import MartletExecutor
import MartletPlan

extension RDD {
    /// Keeps the partitions in memory when a job first computes them, for later jobs. Returns the same RDD.
    @discardableResult
    public func cache() -> RDD { persist(.memoryOnly) }

    /// Keeps the partitions as the level says, when a job first computes them. Returns the same RDD.
    @discardableResult
    public func persist(_ level: StorageLevel = .memoryOnly) -> RDD {
        let wasPersistent = lineage.setStorageLevel(level).isPersistent
        if level.isPersistent { context.driver.remember(lineage) } else if wasPersistent { context.driver.forgetCache(of: id) }
        return self
    }

    /// Gives the kept partitions back. The RDD can still be computed.
    @discardableResult
    public func unpersist() -> RDD { persist(.none) }

    public var storageLevel: StorageLevel { lineage.storageLevel }

    /// How many partitions are kept now.
    public var cachedPartitionCount: Int { context.driver.environment.blocks.partitionCount(of: id) }

    /// - Units: bytes that the kept partitions hold, without what their elements refer to.
    public var cachedBytes: Int { context.driver.environment.blocks.byteCount(of: id) }

    /// The lineage, one line for each RDD, indented at each shuffle.
    public var toDebugString: String {
        let blocks = context.driver.environment.blocks
        return graph.debugString { blocks.partitionCount(of: $0) }
    }

    /// The stages that an action on this RDD would run now, with what each reads, computes and writes.
    public func explain() -> String {
        let blocks = context.driver.environment.blocks
        let graph = graph
        let plan = JobPlan(graph: graph) { id in
            guard let node = graph[id], node.storageLevel.isPersistent else { return false }
            return blocks.partitionCount(of: id) == node.partitionCount
        }
        return plan.explain { context.driver.hasOutput(of: $0) }
    }

    private var graph: LineageGraph { LineageGraph(root: id, nodes: lineage.reachable().map(\.plan)) }
}

public import MartletCore
import MartletBlocks
import MartletExecutor
import MartletPlan

extension RDD {
    /// Keeps the partitions in memory when a job first computes them, for later jobs. Returns the same RDD.
    ///
    /// Cached partitions and shuffles share `martlet.executor.memory`. Where it does not suffice, partitions of other RDDs
    /// go, those first that were used least recently; a partition that finds no room is computed again by each job.
    ///
    ///     let calls = context.longAccumulator()
    ///     let squares = context.range(0, 10, partitions: 2).map { number in
    ///         calls.add(1)
    ///         return number * number
    ///     }.cache()
    ///     try await squares.sum()   // 285
    ///     try await squares.max()   // 81
    ///     calls.value   // 10
    @discardableResult
    public func cache() -> RDD { persist(.memoryOnly) }

    /// Keeps the partitions as the level says, when a job first computes them. Returns the same RDD.
    ///
    ///     let words = context.textFile("words.txt").flatMap { $0.words() }.persist(.memoryOnly)
    ///     try await words.count()   // 10
    ///     words.cachedPartitionCount == words.partitionCount   // true
    @discardableResult
    public func persist(_ level: StorageLevel = .memoryOnly) -> RDD {
        let wasPersistent = lineage.setStorageLevel(level).isPersistent
        if level.isPersistent { context.driver.remember(lineage) } else if wasPersistent { context.driver.forgetCache(of: id) }
        return self
    }

    /// Gives the kept partitions back. The RDD can still be computed.
    ///
    ///     let numbers = context.range(0, 10, partitions: 2).cache()
    ///     try await numbers.count()   // 10
    ///     numbers.unpersist().cachedPartitionCount   // 0
    @discardableResult
    public func unpersist() -> RDD { persist(.none) }

    /// What `persist` asked for; `.none` for an RDD that is computed anew by every job.
    public var storageLevel: StorageLevel { lineage.storageLevel }

    /// How many partitions are kept now.
    public var cachedPartitionCount: Int { context.driver.environment.blocks.partitionCount(of: id) }

    /// - Units: bytes that the kept partitions hold, without what their elements refer to.
    public var cachedBytes: Int { context.driver.environment.blocks.byteCount(of: id) }

    /// The lineage, one line for each RDD, indented at each shuffle.
    ///
    ///     context.range(0, 10, partitions: 2).map { $0 + 1 }.toDebugString   // (2) map...
    public var toDebugString: String {
        let blocks = context.driver.environment.blocks
        return graph.debugString { blocks.partitionCount(of: $0) }
    }

    /// The stages that an action on this RDD would run now, with what each reads, computes and writes.
    ///
    ///     let counts = context.parallelize(["a", "b"], partitions: 2).map { ($0, 1) }.reduceByKey(partitions: 3, +)
    ///     counts.explain()   // 2 stages, 2 to run, 5 tasks...
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

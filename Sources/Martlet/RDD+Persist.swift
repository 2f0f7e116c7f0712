import MartletBlocks
public import MartletCore
import MartletDriver
import MartletLineage
import MartletPlan
import MartletThreads

extension RDD {
    /// Caches the partitions in memory when a job first computes them, for later jobs. Returns the same RDD.
    ///
    /// Cached partitions and shuffles share `martlet.executor.memory`. If it does not suffice, partitions of other RDDs are
    /// evicted, the least recently used first; a partition that finds no room is recomputed by each job.
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
    public func cache(file: String = #fileID, line: Int = #line) -> RDD {
        persist(.memoryOnly, file: file, line: line)
    }

    /// Caches the partitions at a storage level, when a job first computes them. Returns the same RDD.
    ///
    ///     let words = context.textFile("words.txt").flatMap { $0.words() }.persist(.memoryAndDisk)
    ///     try await words.count()   // 10
    ///     words.cachedPartitionCount == words.partitionCount   // true
    ///
    /// Levels that encode (`...Ser`, and all with disk) need elements that `ValueCoder` can encode: otherwise, actions fail. A
    /// lost or damaged file is detected, and its partition recomputed. Files remain in `martlet.local.dir` until `unpersist`,
    /// or until no reference to the RDD is left; no file outlives the context.
    ///
    /// An RDD has one level. After a request for another level, its actions, and the actions of all RDDs computed from it,
    /// throw until `unpersist` clears both levels:
    ///
    ///     let numbers = context.range(0..<10).cache()
    ///     numbers.persist(.diskOnly)
    ///     try await numbers.count()   // throws ArgumentError
    ///     try await numbers.unpersist().persist(.diskOnly).count()   // 10
    ///
    /// - Parameter level: `.none` is the same as `unpersist()`.
    @discardableResult
    public func persist(_ level: StorageLevel = .memoryOnly, file: String = #fileID, line: Int = #line) -> RDD {
        guard level.isPersistent else { return unpersist() }
        lineage.setStorageLevel(level) { known in
            ArgumentError(
                operation: "persist", callSite: CallSite(file: file, line: line),
                problem: "the RDD is kept as \(known); call unpersist() before it can be kept as \(level)")
        }
        context.driver.remember(lineage)
        return self
    }

    /// Releases the cached partitions: when it returns, their memory and files are released, except for data that running tasks
    /// read. The RDD can still be computed.
    ///
    ///     let numbers = context.range(0, 10, partitions: 2).cache()
    ///     try await numbers.count()   // 10
    ///     numbers.unpersist().cachedPartitionCount   // 0
    @discardableResult
    public func unpersist() -> RDD {
        if lineage.clearStorageLevel().isPersistent { context.driver.forgetCache(of: id) }
        return self
    }

    /// `unpersist()` on a separate thread: destroying millions of objects takes time.
    ///
    ///     let numbers = context.range(0, 10, partitions: 2).persist(.diskOnly)
    ///     try await numbers.count()   // 10
    ///     await numbers.unpersist(blocking: true).cachedPartitionCount   // 0
    ///
    /// - Parameter blocking: whether to return when the partitions are released, and not at once.
    @discardableResult
    public func unpersist(blocking: Bool) async -> RDD {
        guard lineage.clearStorageLevel().isPersistent else { return self }
        let (driver, id) = (context.driver, id)
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            startDetachedThread("unpersist", stackBytes: 1 << 20) {
                if !blocking { continuation.resume() }
                driver.forgetCache(of: id)
                if blocking { continuation.resume() }
            }
        }
        return self
    }

    /// The level that `persist` requested; `.none` for an RDD that every job recomputes.
    public var storageLevel: StorageLevel { lineage.storageLevel }

    /// The number of partitions that are cached now, in memory or on disk.
    public var cachedPartitionCount: Int { context.driver.cached.partitionCount(of: id) }

    /// - Units: bytes of memory that the cached partitions hold; the size of referenced objects is estimated.
    public var cachedBytes: Int { context.driver.cached.byteCounts(of: id).memory.values.reduce(0, +) }

    /// The lineage, one line for each RDD, indented at each shuffle.
    ///
    ///     context.range(0, 10, partitions: 2).map { $0 + 1 }.toDebugString   // (2) map...
    public var toDebugString: String {
        let cached = context.driver.cached
        return graph.debugString { cached.partitionCount(of: $0) }
    }

    /// The stages that an action on this RDD would run now, with the inputs, operators and outputs of each.
    ///
    ///     let counts = context.parallelize(["a", "b"], partitions: 2).map { ($0, 1) }.reduceByKey(partitions: 3, +)
    ///     counts.explain()   // 2 stages, 2 to run, 5 tasks...
    public func explain() -> String {
        context.driver.plan(graph).explain { context.driver.hasOutput(of: $0) }
    }

    private var graph: LineageGraph {
        // If planning fails now, there are no partitions to show.
        try? lineage.ensurePlanned()
        return LineageGraph(root: id, nodes: lineage.snapshot().map(\.plan))
    }
}

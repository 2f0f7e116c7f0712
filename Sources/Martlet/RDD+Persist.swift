public import MartletCore
import MartletBlocks
import MartletExecutor
import MartletPlan
import MartletThreads

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
    public func cache(file: String = #fileID, line: Int = #line) -> RDD {
        persist(.memoryOnly, file: file, line: line)
    }

    /// Keeps the partitions as the level says, when a job first computes them. Returns the same RDD.
    ///
    ///     let words = context.textFile("words.txt").flatMap { $0.words() }.persist(.memoryAndDisk)
    ///     try await words.count()   // 10
    ///     words.cachedPartitionCount == words.partitionCount   // true
    ///
    /// Levels that encode (`...Ser`, and all with disk) need elements that `ValueCoder` can encode: where it cannot, actions
    /// fail. A file that is gone or damaged is noticed, and its partition computed again. What is on disk stays there, in
    /// `martlet.local.dir`, until `unpersist` or until nobody refers to the RDD; nothing of it outlives the context.
    ///
    /// An RDD has one level. Asking for another makes its actions, and those of all RDDs that are computed from it, throw,
    /// until `unpersist` ends both:
    ///
    ///     let numbers = context.range(0..<10).cache()
    ///     numbers.persist(.diskOnly)
    ///     try await numbers.count()   // throws ArgumentError
    ///     try await numbers.unpersist().persist(.diskOnly).count()   // 10
    ///
    /// - Parameter level: `.none` does what `unpersist()` does.
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

    /// Gives the kept partitions back: when it returns, their memory and files are gone, except for what running tasks
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

    /// The same on a thread of its own: destroying millions of objects takes its time.
    ///
    ///     let numbers = context.range(0, 10, partitions: 2).persist(.diskOnly)
    ///     try await numbers.count()   // 10
    ///     await numbers.unpersist(blocking: true).cachedPartitionCount   // 0
    ///
    /// - Parameter blocking: whether to return when it is done, and not at once.
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

    /// What `persist` asked for; `.none` for an RDD that is computed anew by every job.
    public var storageLevel: StorageLevel { lineage.storageLevel }

    /// How many partitions are kept now, in memory or on disk.
    public var cachedPartitionCount: Int { context.driver.cached.partitionCount(of: id) }

    /// - Units: bytes of memory that the kept partitions hold; what elements refer to is estimated.
    public var cachedBytes: Int { context.driver.cached.byteCounts(of: id).memory.values.reduce(0, +) }

    /// The lineage, one line for each RDD, indented at each shuffle.
    ///
    ///     context.range(0, 10, partitions: 2).map { $0 + 1 }.toDebugString   // (2) map...
    public var toDebugString: String {
        let cached = context.driver.cached
        return graph.debugString { cached.partitionCount(of: $0) }
    }

    /// The stages that an action on this RDD would run now, with what each reads, computes and writes.
    ///
    ///     let counts = context.parallelize(["a", "b"], partitions: 2).map { ($0, 1) }.reduceByKey(partitions: 3, +)
    ///     counts.explain()   // 2 stages, 2 to run, 5 tasks...
    public func explain() -> String {
        context.driver.plan(graph).explain { context.driver.hasOutput(of: $0) }
    }

    private var graph: LineageGraph {
        // Where that cannot be done now, there are no partitions to show.
        try? lineage.ensurePlanned()
        return LineageGraph(root: id, nodes: lineage.snapshot().map(\.plan))
    }
}

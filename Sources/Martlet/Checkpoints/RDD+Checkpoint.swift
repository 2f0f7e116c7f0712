import MartletCore
import MartletDriver
import MartletLineage

extension RDD {
    /// Marks the RDD for a checkpoint: the first action on it, or on an RDD computed from it, writes it to files and forgets
    /// its lineage. From then on, the RDD is read from the files. Returns the same RDD.
    ///
    ///     context.setCheckpointDirectory("checkpoints")
    ///     let squares = context.range(0, 10, partitions: 2).map { $0 * $0 }.cache().checkpoint()
    ///     squares.isCheckpointed   // false
    ///     try await squares.sum()   // 285
    ///     squares.isCheckpointed   // true
    ///     squares.dependencies.count   // 0
    ///
    /// Use it for lineages that grow with each round of a loop, and for results that must never be recomputed. A separate
    /// job writes the files after the action's job, before the action returns: cache the RDD, or it is computed twice. If
    /// that job fails, so does the action, and the next action retries. Shuffles that nothing else needs are released. The
    /// partitioner is kept.
    ///
    /// Elements are encoded as by `saveAsObjectFile`. The files are synchronised with the disk, and remain when the application
    /// has ended. A damaged file fails the action that reads it with `PageError`, which names the file and the place.
    ///
    /// Of the marked RDDs that an action needs, it writes only the nearest one on each path of the lineage. Without a directory
    /// (see `MartletContext.setCheckpointDirectory`), the actions throw `ArgumentError`.
    @discardableResult
    public func checkpoint(file: String = #fileID, line: Int = #line) -> RDD {
        context.checkpoints.use()
        lineage.markCheckpoint(.files, CallSite(file: file, line: line))
        return self
    }

    /// Marks the RDD for a local checkpoint: the first action on it, or on an RDD computed from it, caches all its partitions
    /// in this process and forgets its lineage. Returns the same RDD.
    ///
    ///     let squares = context.range(0, 10, partitions: 2).map { $0 * $0 }.localCheckpoint()
    ///     try await squares.sum()   // 285
    ///     squares.isCheckpointed   // true
    ///     squares.storageLevel   // memoryAndDisk
    ///
    /// Faster than `checkpoint()`, and less safe: partitions are cached, in memory and on disk (a storage level without disk
    /// gets it), and if one is lost, as by `unpersist()` or a damaged file, actions fail, since it cannot be recomputed.
    @discardableResult
    public func localCheckpoint(file: String = #fileID, line: Int = #line) -> RDD {
        context.checkpoints.use()
        lineage.markCheckpoint(.cache, CallSite(file: file, line: line))
        context.driver.remember(lineage)
        return self
    }

    /// Whether the RDD is read from a checkpoint, and no longer computed. See `checkpoint()`.
    public var isCheckpointed: Bool {
        if case .done = lineage.checkpoint { true } else { false }
    }

    /// The directory that the RDD is read from; nil before `checkpoint()` has taken effect, and after `localCheckpoint()`.
    ///
    ///     context.setCheckpointDirectory("checkpoints")
    ///     let numbers = context.range(0, 10, partitions: 2).checkpoint()
    ///     try await numbers.count()   // 10
    ///     numbers.checkpointFile?.contains("/local-") ?? false   // true
    public var checkpointFile: String? {
        if case .done(.directory(let path)) = lineage.checkpoint { path } else { nil }
    }
}

import MartletCore
import MartletExecutor

extension RDD {
    /// Has the first action on this RDD, or on one that is computed from it, write it to files, and forget what it was
    /// computed from: the RDD is read from the files from then on. Returns the same RDD.
    ///
    ///     context.setCheckpointDirectory("checkpoints")
    ///     let squares = context.range(0, 10, partitions: 2).map { $0 * $0 }.cache().checkpoint()
    ///     squares.isCheckpointed   // false
    ///     try await squares.sum()   // 285
    ///     squares.isCheckpointed   // true
    ///     squares.dependencies.count   // 0
    ///
    /// For lineages that grow with each round of a loop, and for results that must not be computed again whatever is lost.
    /// A job of its own writes the files after the action's, before the action returns: cache the RDD, or it is computed
    /// twice. If that fails, so does the action, and the next one tries again. Shuffles that nothing else needs are given
    /// back. The partitioner stays.
    ///
    /// Elements are encoded as by `saveAsObjectFile`. The files are synchronised with the disk, and stay when the
    /// application has ended. One that is damaged fails the action that reads it with `PageError`, by file and place.
    ///
    /// Of the marked RDDs that an action needs, those nearest to it are written. Without a directory (see
    /// `MartletContext.setCheckpointDirectory`), the actions throw `ArgumentError`.
    @discardableResult
    public func checkpoint(file: String = #fileID, line: Int = #line) -> RDD {
        context.checkpoints.use()
        lineage.markCheckpoint(.files, CallSite(file: file, line: line))
        return self
    }

    /// Has the first action on this RDD, or on one that is computed from it, keep all its partitions in this process, and
    /// forget what it was computed from. Returns the same RDD.
    ///
    ///     let squares = context.range(0, 10, partitions: 2).map { $0 * $0 }.localCheckpoint()
    ///     try await squares.sum()   // 285
    ///     squares.isCheckpointed   // true
    ///     squares.storageLevel   // memoryAndDisk
    ///
    /// Faster than `checkpoint()`, and less safe: partitions are cached, in memory and on disk (a storage level without
    /// disk gets it), and where one is lost, as by `unpersist()` or a damaged file, actions fail, since nothing can compute
    /// it.
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

    /// The directory that the RDD is read from; nil before `checkpoint()` has had its effect, and after `localCheckpoint()`.
    ///
    ///     context.setCheckpointDirectory("checkpoints")
    ///     let numbers = context.range(0, 10, partitions: 2).checkpoint()
    ///     try await numbers.count()   // 10
    ///     numbers.checkpointFile?.contains("/local-") ?? false   // true
    public var checkpointFile: String? {
        if case .done(.directory(let path)) = lineage.checkpoint { path } else { nil }
    }
}

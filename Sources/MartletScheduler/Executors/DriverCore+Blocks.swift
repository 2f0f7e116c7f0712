import MartletCore

// Cached partitions on executors.
extension DriverCore {
    /// Running attempts may still cache partitions of the RDD; these partitions are dropped when they are reported.
    mutating func removeBlocks(of rdd: RDDID, at now: Instant) {
        schedule(.blocksRemoved(rdd), at: now)
        blockRemovals.removeAll { $0.rdd == rdd }
        if scheduler.runningCount > 0 {
            blockRemovals.append(
                BlockRemoval(rdd: rdd, firstTask: scheduler.nextTask, pendingCount: scheduler.runningCount))
        }
        sendAll(.removeBlocks(rdd))
    }

    /// Applies the blocks that an attempt stored and dropped, and the copies that other executors keep for it.
    mutating func applyBlockUpdates(_ report: AttemptReport, on executor: ExecutorID, at now: Instant) {
        let removed = blockRemovals.filter { report.task < $0.firstTask }.map(\.rdd)
        settleRemovals(report.task)
        apply(report.stored, dropped: report.dropped, removed, on: executor, at: now)
        for copies in report.copies where isRegistered(copies.executor) {
            apply(copies.stored, dropped: copies.dropped, removed, on: copies.executor, at: now)
        }
    }

    /// - Parameter removed: the RDDs that are no longer to be cached.
    private mutating func apply(
        _ blocks: [BlockID], dropped: [BlockID], _ removed: [RDDID], on executor: ExecutorID, at now: Instant
    ) {
        let late = removed.isEmpty ? [] : blocks.filter { removed.contains($0.rdd) }
        if !late.isEmpty { send(executor, .dropBlocks(late)) }
        let stored = late.isEmpty ? blocks : blocks.filter { !late.contains($0) }
        if stored.isEmpty, dropped.isEmpty { return }
        schedule(.blocksChanged(executor, stored: stored, dropped: dropped), at: now)
    }

    /// Tells the pending removals that an attempt has ended.
    mutating func settleRemovals(_ task: TaskID) {
        if blockRemovals.isEmpty { return }
        for place in blockRemovals.indices where task < blockRemovals[place].firstTask {
            blockRemovals[place].pendingCount -= 1
        }
        blockRemovals.removeAll { $0.pendingCount == 0 }
    }
}

import MartletCore

// Kept partitions on executors.
extension DriverCore {
    /// Attempts that run now may keep partitions of the RDD even later; those are dropped when they are reported.
    mutating func removeBlocks(of rdd: RDDID, at now: Instant) {
        schedule(.blocksRemoved(rdd), at: now)
        blockRemovals.removeAll { $0.rdd == rdd }
        if !launched.isEmpty {
            blockRemovals.append(
                BlockRemoval(rdd: rdd, firstTask: scheduler.nextTask, pendingCount: launched.count))
        }
        sendAll(.removeBlocks(rdd))
    }

    /// Takes in what an attempt stored and dropped, and the copies that others keep for it.
    mutating func applyBlockUpdates(_ report: AttemptReport, on executor: ExecutorID, at now: Instant) {
        let removed = blockRemovals.filter { report.task < $0.firstTask }.map(\.rdd)
        settleRemovals(report.task)
        apply(report.stored, dropped: report.dropped, removed, on: executor, at: now)
        for copies in report.copies where knows(copies.executor) {
            apply(copies.stored, dropped: copies.dropped, removed, on: copies.executor, at: now)
        }
    }

    /// - Parameter removed: what is not to be kept any more.
    private mutating func apply(
        _ blocks: [BlockID], dropped: [BlockID], _ removed: [RDDID], on executor: ExecutorID, at now: Instant
    ) {
        let late = removed.isEmpty ? [] : blocks.filter { removed.contains($0.rdd) }
        if !late.isEmpty { send(executor, .dropBlocks(late)) }
        let stored = late.isEmpty ? blocks : blocks.filter { !late.contains($0) }
        if stored.isEmpty, dropped.isEmpty { return }
        schedule(.blocksChanged(executor, stored: stored, dropped: dropped), at: now)
    }

    /// An attempt has ended.
    mutating func settleRemovals(_ task: TaskID) {
        if blockRemovals.isEmpty { return }
        for place in blockRemovals.indices where task < blockRemovals[place].firstTask {
            blockRemovals[place].pendingCount -= 1
        }
        blockRemovals.removeAll { $0.pendingCount == 0 }
    }
}

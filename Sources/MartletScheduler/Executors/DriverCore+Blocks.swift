import MartletCore

// Kept partitions on executors.
extension DriverCore {
    /// Attempts that run now may keep partitions of the RDD even later; those are dropped when they are reported.
    mutating func removeBlocks(of rdd: RDDID, at now: Instant) {
        schedule(.blocksRemoved(rdd), at: now)
        blockRemovals.removeAll { $0.rdd == rdd }
        if !flights.isEmpty {
            blockRemovals.append(
                BlockRemoval(rdd: rdd, firstTask: scheduler.nextTask, pendingCount: flights.count))
        }
        sendAll(.removeBlocks(rdd))
    }

    /// Takes in what an attempt stored and dropped.
    mutating func settleBlocks(_ report: AttemptReport, on executor: ExecutorID, at now: Instant) {
        let late = report.stored.filter { block in
            blockRemovals.contains { $0.rdd == block.rdd && report.task < $0.firstTask }
        }
        settleRemovals(report.task)
        if !late.isEmpty { send(executor, .dropBlocks(late)) }
        let stored = late.isEmpty ? report.stored : report.stored.filter { !late.contains($0) }
        if stored.isEmpty, report.dropped.isEmpty { return }
        schedule(.blocksChanged(executor, stored: stored, dropped: report.dropped), at: now)
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

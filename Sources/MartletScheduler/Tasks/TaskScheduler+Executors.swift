import MartletCore
import MartletPlan

// Registration and loss of executors, and their cached partitions.
extension TaskScheduler {
    /// Registers an executor.
    mutating func add(_ executor: ExecutorID, host: String, slots: Int, queue: Int) {
        precondition(slots > 0 && queue >= 0, "an executor has slots")
        let isNew = executors.add(executor, ExecutorTable.Entry(host: host, slots: slots, queue: queue))
        precondition(isNew, "executor \(executor) is added twice")
        actions.append(.driver(.executorAdded(executor, host: host, slots: slots)))
    }

    /// Forgets a lost executor with its attempts and cached partitions, and runs again what it had.
    mutating func lose(_ loss: ExecutorLoss) {
        guard let entry = executors.remove(loss.executor) else {
            ignoredReportCount += 1
            return
        }
        let ended = attempts.removeAll(of: loss.executor)
        actions.append(.driver(.executorLost(loss.executor, reason: loss.reason, attempts: ended)))
        blocks.removeAll(on: loss.executor)
        let active = taskSets.keys.sorted().filter { taskSets[$0]?.isActive == true }
        for stage in active { taskSets[stage]?.forget(loss.executor, blocks) }
        for lost in loss.outputs { if let writer = lost.writer { rerun(lost.maps, of: writer) } }
        endAttempts(
            ended, "executor \(loss.executor) on \(entry.host) is gone: \(loss.reason)",
            faultCount: loss.isFault ? entry.slots : 0)
        if loss.outputs.isEmpty { return }
        let pending = active.filter { (taskSets[$0]?.pendingCount ?? 0) > 0 }
        actions.append(.stages(.outputsLost(loss, pending: pending)))
    }

    /// The cached partitions of an executor have changed. Pending tasks keep their preferences: these are hints.
    mutating func change(_ executor: ExecutorID, stored: [BlockID], dropped: [BlockID]) {
        guard executors[executor] != nil else {
            ignoredReportCount += 1
            return
        }
        for block in dropped { blocks.remove(block, on: executor) }
        for block in stored { blocks.insert(block, on: executor) }
    }

    /// Reruns the tasks of a lost executor.
    /// - Parameters:
    ///   - ended: the attempts that the executor had, in the order of their launch
    ///   - faultCount: this many of the first attempts ran, and may have brought it down; the attempts after them waited
    private mutating func endAttempts(_ ended: [AttemptTable.Entry], _ message: String, faultCount: Int) {
        for (place, entry) in ended.enumerated() where !entry.isOrphaned {
            let attempt = entry.attempt
            let preference = preference(of: attempt.index, in: attempt.stage)
            taskSets[attempt.stage]?.retry(attempt, preference)
            makeReady(attempt.stage)
            guard place < faultCount, let failures = taskSets[attempt.stage]?.countFailure(attempt.index),
                failures >= maxTaskFailures
            else { continue }
            giveUp(attempt, failures: failures, message)
        }
    }
}

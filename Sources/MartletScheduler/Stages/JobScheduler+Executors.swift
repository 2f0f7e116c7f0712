import MartletCore
import MartletPlan

// Registration and loss of executors, and their cached partitions.
extension JobScheduler {
    /// Registers an executor.
    mutating func add(_ executor: ExecutorID, host: String, slots: Int, queue: Int) {
        precondition(slots > 0 && queue >= 0, "an executor has slots")
        let isNew = executors.add(executor, ExecutorTable.Entry(host: host, slots: slots, queue: queue))
        precondition(isNew, "executor \(executor) is added twice")
        actions.append(.executorAdded(executor, host: host, slots: slots))
    }

    /// Forgets a lost executor with its attempts, map outputs and cached partitions.
    mutating func lose(_ executor: ExecutorID, _ reason: String, isFault: Bool, at now: Instant) {
        guard let entry = executors.remove(executor) else {
            ignoredReportCount += 1
            return
        }
        let ended = attempts.removeAll(of: executor)
        actions.append(.executorLost(executor, reason: reason, attempts: ended.map(\.attempt)))
        blocks.removeAll(on: executor)
        let lost = mapOutputs.removeAll(on: executor)
        let running = stages.keys.sorted().filter { stages[$0]?.phase == .running }
        for id in running { forget(executor, in: id) }
        for (shuffle, maps) in lost { makeAgain(maps, of: shuffle) }
        endAttempts(ended, "executor \(executor) on \(entry.host) is gone: \(reason)", faultCount: isFault ? entry.slots : 0)
        let causes = lost.compactMap { shuffle, maps in
            maps.first.map { map in
                (shuffle, MapOutputLoss(map: map, .executor, executor: executor, path: nil, reason: reason))
            }
        }
        restartReaders(of: Dictionary(uniqueKeysWithValues: causes), among: running, at: now)
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

    /// Tasks of a stage that preferred a lost executor may run anywhere, or prefer another executor.
    private mutating func forget(_ executor: ExecutorID, in id: StageID) {
        guard let stage = stages[id] else { return }
        let blocks = blocks
        stages[id]?.forget(executor) { stage.preference(of: $0, blocks) }
    }

    /// Reruns the tasks of a lost executor.
    /// - Parameters:
    ///   - ended: the attempts that the executor had, in the order of their launch
    ///   - faultCount: this many of the first attempts ran, and may have brought it down; the attempts after them waited
    private mutating func endAttempts(_ ended: [AttemptTable.Entry], _ message: String, faultCount: Int) {
        var failed: [(attempt: TaskAttempt, failures: Int)] = []
        for (place, entry) in ended.enumerated() where !entry.isOrphaned {
            let attempt = entry.attempt
            stages[attempt.stage]?.taskEnded(attempt.index)
            let preference = preference(of: attempt.index, in: attempt.stage)
            stages[attempt.stage]?.retry(attempt.index, ofAttempt: attempt.stageAttempt, preference)
            makeReady(attempt.stage)
            guard place < faultCount, let failures = stages[attempt.stage]?.countFailure(attempt.index),
                failures >= maxTaskFailures
            else { continue }
            failed.append((attempt, failures))
        }
        for (attempt, failures) in failed where stages[attempt.stage] != nil {
            abort(attempt.stage, .taskFailed(attempt, failures: failures, message: message))
        }
    }

    /// Ends the attempts of stages whose pending tasks would not find their input, and has the input recomputed first.
    /// A stage with all its tasks in flight is left alone: they may have read their input.
    private mutating func restartReaders(
        of shuffles: [ShuffleID: MapOutputLoss], among running: [StageID], at now: Instant
    ) {
        var interrupted: [StageID] = []
        for id in running {
            guard let stage = stages[id], stage.phase == .running, stage.pendingCount(mapOutputs) > 0,
                let missing = stage.neededParents.first(where: { shuffles[$0] != nil })
            else { continue }
            removeReady(stage.rank)
            actions.append(.stageFailed(stage.info, .missingShuffleOutput(missing, cause: shuffles[missing])))
            stages[id]?.interrupt()
            interrupted.append(id)
        }
        for id in interrupted where stages[id]?.phase == .inactive { resubmit(id, at: now) }
    }
}

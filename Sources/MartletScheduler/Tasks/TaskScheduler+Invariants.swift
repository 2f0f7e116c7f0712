import MartletCore
import MartletPlan

extension TaskScheduler {
    /// Looks for task sets, attempts and executors that contradict each other.
    /// - Invariant: S1, S4, S6, S10, S12
    func checkInvariants(_ result: inout InvariantCheck) {
        let running = attempts.all
        result.require(running.count == attempts.count, "S1", "attempts are miscounted")
        checkAttempts(running, &result)
        checkExecutors(running, &result)
        for id in taskSets.keys.sorted() { if let set = taskSets[id] { check(set, &result) } }
        let sets = ready.compactMap { taskSets[$0] }
        result.require(sets.count == ready.count, "S6", "a stage is ready and has no tasks")
        result.require(
            zip(sets, sets.dropFirst()).allSatisfy { order.precedes($1, $0) }, "S6", "ready stages are out of order")
        if taskSets.isEmpty { result.require(ready.isEmpty, "S10", "stages are ready and have no tasks") }
    }

    private func checkAttempts(_ running: [AttemptTable.Entry], _ result: inout InvariantCheck) {
        var counts: [StageID: Int] = [:]
        for entry in running where !entry.isOrphaned {
            let attempt = entry.attempt
            result.require(
                taskSets[attempt.stage]?.running.tasks.contains(attempt.index) == true, "S4", "\(attempt) does not run")
            counts[attempt.stage, default: 0] += 1
        }
        for (id, set) in taskSets {
            result.require(set.running.count == counts[id, default: 0], "S4", "stage \(id) miscounts its attempts")
        }
    }

    private func checkExecutors(_ running: [AttemptTable.Entry], _ result: inout InvariantCheck) {
        var occupied: [ExecutorID: Int] = [:]
        for entry in running { occupied[entry.attempt.executor, default: 0] += 1 }
        result.require(occupied.keys.allSatisfy { executors[$0] != nil }, "S12", "attempts run on an executor that is gone")
        for id in executors.ids {
            guard let entry = executors[id] else {
                result.require(false, "S12", "executor \(id) is gone")
                continue
            }
            result.require(
                entry.occupied == occupied[id, default: 0] && entry.occupied <= entry.slots + entry.queue, "S1",
                "executor \(id) miscounts its attempts")
            guard let offer = executors.offer(of: id, isAhead: false) else { continue }
            for stage in ready { checkWait(of: stage, for: offer, &result) }
        }
        result.require(blocks.holders.allSatisfy { executors[$0] != nil }, "S12", "a partition is kept by nobody")
    }

    /// A free slot waits only for tasks that prefer another executor, and no longer than `localityWait`.
    private func checkWait(of stage: StageID, for offer: ExecutorOffer, _ result: inout InvariantCheck) {
        guard !isHeld, let set = taskSets[stage] else { return }
        let hasWaited = set.waitingSince.map { lastEventAt >= $0 + placement.localityWait } ?? false
        let level: LocalityLevel = hasWaited || offer.executorCount == 1 ? .any : .preferred
        result.require(
            set.pendingCount == set.pending.queued.count && !set.pending.hasTask(for: offer.executor, upTo: level), "S6",
            "a slot of executor \(offer.executor) is free while stage \(stage) has a task for it")
        if set.pending.queued.count > 0 {
            result.require(waitsUntil != nil, "S6", "nobody will look at stage \(stage) again")
        }
    }

    private func check(_ set: TaskSetState, _ result: inout InvariantCheck) {
        let isReady = ready.contains(set.stage)
        if set.isActive {
            checkTasks(of: set, isReady: isReady, &result)
        } else {
            result.require(!isReady, "S6", "stage \(set.stage) is ready and suspended")
        }
    }

    /// Every task is in exactly one place.
    private func checkTasks(of set: TaskSetState, isReady: Bool, _ result: inout InvariantCheck) {
        var pendingCount = 0
        for index in 0..<set.tasks.count {
            let isFinished = set.finished.contains(index)
            let isRunning = set.running.tasks.contains(index)
            let isQueued = set.pending.queued.contains(index)
            let places = (isFinished ? 1 : 0) + (isRunning ? 1 : 0) + (isQueued ? 1 : 0)
            result.require(
                places == 1 || places == 0 && index >= set.pending.cursor, "S4",
                "task \(index) of stage \(set.stage) is in \(places) places")
            result.require(!isQueued || index < set.pending.cursor, "S4", "task \(index) will be looked at twice")
            if places == 0 || isQueued { pendingCount += 1 }
        }
        result.require(
            set.pending.listed.count == set.pending.queued.count, "S4",
            "a queued task of stage \(set.stage) is in no list")
        result.require(pendingCount == set.pendingCount, "S4", "stage \(set.stage) miscounts what is pending")
        result.require(isReady || pendingCount == 0, "S6", "stage \(set.stage) has tasks to launch and is not ready")
    }
}

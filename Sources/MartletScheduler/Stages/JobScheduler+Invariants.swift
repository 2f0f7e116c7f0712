import MartletCore
import MartletPlan

extension JobScheduler {
    /// Looks for tables that contradict each other. Tests call it after every event.
    /// - Returns: the broken invariants, a line each
    /// - Complexity: O(everything)
    /// - Invariant: S1, S4, S6 to S10, S12
    public func brokenInvariants() -> [String] {
        var result = InvariantCheck()
        checkAttempts(&result)
        for id in stages.keys.sorted() { if let stage = stages[id] { check(stage, &result) } }
        for job in jobs.keys.sorted() { if let state = jobs[job] { check(job, state, &result) } }
        for (shuffle, id) in stageOfShuffle {
            result.require(
                stages[id]?.plan.output == .shuffle(shuffle), "S9", "shuffle \(shuffle) has no stage \(id)")
        }
        if jobs.isEmpty {
            result.require(stages.isEmpty && stageOfShuffle.isEmpty && ready.isEmpty, "S10", "stages without a job")
        }
        return result.broken
    }

    private func checkAttempts(_ result: inout InvariantCheck) {
        let running = attempts.all
        result.require(running.count == attempts.count, "S1", "attempts are miscounted")
        checkExecutors(running, &result)
        result.require(zip(ready, ready.dropFirst()).allSatisfy { $0 > $1 }, "S6", "ready stages are out of order")
        var counts: [StageID: Int] = [:]
        for entry in running where !entry.isOrphaned {
            let attempt = entry.attempt
            result.require(
                stages[attempt.stage]?.running.contains(attempt.index) == true, "S4",
                "\(attempt) does not run")
            counts[attempt.stage, default: 0] += 1
        }
        for (id, stage) in stages {
            result.require(
                stage.running.count == counts[id, default: 0], "S4", "stage \(id) miscounts its attempts")
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
            if entry.occupied >= entry.slots { continue }
            for rank in ready { checkWait(of: rank.stage, for: id, &result) }
        }
        for shuffle in mapOutputs.shuffles {
            let holders = mapOutputs.holders(of: shuffle)
            result.require(holders.allSatisfy { executors[$0] != nil }, "S12", "output of shuffle \(shuffle) is with nobody")
        }
        result.require(blocks.holders.allSatisfy { executors[$0] != nil }, "S12", "a partition is kept by nobody")
    }

    /// A free slot waits only for tasks that prefer another executor, and no longer than `localityWait`.
    private func checkWait(of id: StageID, for executor: ExecutorID, _ result: inout InvariantCheck) {
        if isHeld { return }
        guard let stage = stages[id] else {
            return result.require(false, "S6", "stage \(id) is ready and does not exist")
        }
        let hasWaited = stage.waitingSince.map { lastEventAt >= $0 + localityWait } ?? false
        let isOpen = hasWaited || executors.count == 1
        result.require(
            stage.pendingCount(mapOutputs) == stage.pending.queued.count
                && !stage.pending.hasTask(for: executor, ignoresPreferences: isOpen), "S6",
            "a slot of executor \(executor) is free while stage \(id) has a task for it")
        if stage.pending.queued.count > 0 {
            result.require(waitsUntil != nil, "S6", "nobody will look at stage \(id) again")
        }
    }

    private func check(_ stage: StageState, _ result: inout InvariantCheck) {
        result.require(!stage.users.isEmpty, "S9", "stage \(stage.id) has no user")
        result.require(
            zip(stage.users, stage.users.dropFirst()).allSatisfy { $0.job < $1.job }, "S9",
            "users are out of order")
        for user in stage.users {
            let state = jobs[user.job]
            result.require(
                state?.stageIDs[user.planStage] == stage.id && state?.isUser[user.planStage] == true, "S9",
                "job \(user.job) does not know stage \(stage.id)")
        }
        let isReady = ready.contains(stage.rank)
        switch stage.phase {
        case .inactive:
            result.require(
                stage.plan.output != .result && stage.running.count == 0 && !isReady, "S8",
                "stage \(stage.id) is inactive between events")
        case .waiting(let missing):
            let awaited = stages.values.filter { $0.dependents.contains(stage.id) }
            result.require(
                missing > 0 && awaited.count == missing && !isReady, "S8",
                "stage \(stage.id) waits for nobody")
            for parent in awaited {
                let jobs = parent.users.map(\.job)
                result.require(
                    parent.phase != .inactive, "S8",
                    "stage \(stage.id) waits for \(parent.id), which does nothing")
                result.require(
                    stage.users.allSatisfy { jobs.contains($0.job) }, "S7",
                    "users of \(stage.id) lack \(parent.id)")
            }
        case .running:
            checkTasks(of: stage, isReady: isReady, &result)
        }
    }

    /// Every task is in exactly one place.
    private func checkTasks(of stage: StageState, isReady: Bool, _ result: inout InvariantCheck) {
        var finished: PartitionSet? = stage.delivered
        if case .shuffle(let shuffle) = stage.plan.output { finished = mapOutputs.maps(of: shuffle) }
        var pendingCount = 0
        for index in 0..<stage.plan.tasks.count {
            let isFinished = finished?.contains(index) == true
            let isRunning = stage.running.contains(index)
            let isQueued = stage.pending.queued.contains(index)
            let places = (isFinished ? 1 : 0) + (isRunning ? 1 : 0) + (isQueued ? 1 : 0)
            result.require(
                places == 1 || places == 0 && index >= stage.pending.cursor, "S4",
                "task \(index) of stage \(stage.id) is in \(places) places")
            result.require(!isQueued || index < stage.pending.cursor, "S4", "task \(index) will be looked at twice")
            if places == 0 || isQueued { pendingCount += 1 }
        }
        result.require(
            stage.pending.listed.count == stage.pending.queued.count, "S4",
            "a queued task of stage \(stage.id) is in no list")
        result.require(
            pendingCount == stage.pendingCount(mapOutputs), "S4", "stage \(stage.id) miscounts what is pending")
        result.require(finished?.isFull != true, "S8", "stage \(stage.id) runs although it is complete")
        result.require(isReady || pendingCount == 0, "S6", "stage \(stage.id) has tasks to launch and is not ready")
    }

    private func check(_ job: JobID, _ state: JobState, _ result: inout InvariantCheck) {
        for (index, id) in state.stageIDs.enumerated() where state.isUser[index] {
            let knowsJob = stages[id]?.users.contains { $0.job == job } == true
            result.require(knowsJob, "S9", "stage \(id) does not know its user \(job)")
        }
        result.require(state.isUser[state.plan.resultStage.index], "S9", "job \(job) does not use its result stage")
    }
}

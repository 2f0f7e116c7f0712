import MartletCore
import MartletPlan

extension JobScheduler {
    /// Traps when the tables contradict each other. Tests call it after every event.
    /// - Complexity: O(everything)
    /// - Invariant: S1, S4, S6 to S10
    public func checkInvariants() {
        checkSlots()
        for id in stages.keys.sorted() { if let stage = stages[id] { check(stage) } }
        for job in jobs.keys.sorted() { if let state = jobs[job] { check(job, state) } }
        for (shuffle, id) in stageOfShuffle {
            require(
                stages[id]?.plan.output == .shuffle(shuffle), "S9", "shuffle \(shuffle) has no stage \(id)")
        }
        if jobs.isEmpty {
            require(stages.isEmpty && stageOfShuffle.isEmpty && ready.isEmpty, "S10", "stages without a job")
        }
    }

    private func checkSlots() {
        let running = slots.running
        require(
            running.count == slots.occupiedCount && running.count <= slots.capacity, "S1",
            "slots are miscounted")
        require(slots.isFull || ready.isEmpty, "S6", "a slot is free while a stage is ready")
        require(zip(ready, ready.dropFirst()).allSatisfy { $0 > $1 }, "S6", "ready stages are out of order")
        var inFlight: [StageID: Int] = [:]
        for occupant in running where !occupant.isCancelled {
            let attempt = occupant.attempt
            require(
                stages[attempt.stage]?.inFlight.contains(attempt.index) == true, "S4",
                "\(attempt) is not in flight")
            inFlight[attempt.stage, default: 0] += 1
        }
        for (id, stage) in stages {
            require(
                stage.inFlight.count == inFlight[id, default: 0], "S4", "stage \(id) miscounts its attempts")
        }
    }

    private func check(_ stage: StageState) {
        require(!stage.users.isEmpty, "S9", "stage \(stage.id) has no user")
        require(
            zip(stage.users, stage.users.dropFirst()).allSatisfy { $0.job < $1.job }, "S9",
            "users are out of order")
        for user in stage.users {
            let state = jobs[user.job]
            require(
                state?.stageIDs[user.planStage] == stage.id && state?.isUser[user.planStage] == true, "S9",
                "job \(user.job) does not know stage \(stage.id)")
        }
        let isReady = ready.contains(stage.rank)
        switch stage.phase {
        case .inactive:
            require(
                stage.plan.output != .result && stage.inFlight.count == 0 && !isReady, "S8",
                "stage \(stage.id) is inactive between events")
        case .waiting(let missing):
            let awaited = stages.values.filter { $0.dependents.contains(stage.id) }
            require(
                missing > 0 && awaited.count == missing && !isReady, "S8",
                "stage \(stage.id) waits for nobody")
            for parent in awaited {
                let jobs = parent.users.map(\.job)
                require(
                    parent.phase != .inactive, "S8",
                    "stage \(stage.id) waits for \(parent.id), which does nothing")
                require(
                    stage.users.allSatisfy { jobs.contains($0.job) }, "S7",
                    "users of \(stage.id) lack \(parent.id)")
            }
        case .running:
            checkTasks(of: stage, isReady: isReady)
        }
    }

    /// Every task is in exactly one place.
    private func checkTasks(of stage: StageState, isReady: Bool) {
        var finished: PartitionSet? = stage.delivered
        if case .shuffle(let shuffle) = stage.plan.output { finished = mapOutputs.maps(of: shuffle) }
        var hasPending = false
        for index in 0..<stage.plan.tasks.count {
            let isFinished = finished?.contains(index) == true
            let isInFlight = stage.inFlight.contains(index)
            let retries = stage.retries.lazy.filter { $0 == index }.count
            let places = (isFinished ? 1 : 0) + (isInFlight ? 1 : 0) + retries
            require(
                places == 1 || places == 0 && index >= stage.cursor, "S4",
                "task \(index) of stage \(stage.id) is in \(places) places")
            hasPending = hasPending || places == 0 || retries > 0
        }
        require(finished?.isFull != true, "S8", "stage \(stage.id) runs although it is complete")
        require(isReady || !hasPending, "S6", "stage \(stage.id) has tasks to launch and is not ready")
    }

    private func check(_ job: JobID, _ state: JobState) {
        for (index, id) in state.stageIDs.enumerated() where state.isUser[index] {
            let knowsJob = stages[id]?.users.contains { $0.job == job } == true
            require(knowsJob, "S9", "stage \(id) does not know its user \(job)")
        }
        require(state.isUser[state.plan.resultStage.index], "S9", "job \(job) does not use its result stage")
    }

    private func require(_ condition: Bool, _ invariant: String, _ message: @autoclosure () -> String) {
        precondition(condition, "\(invariant): \(message())")
    }
}

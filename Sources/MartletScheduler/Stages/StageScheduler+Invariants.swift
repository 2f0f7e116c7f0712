import MartletCore
import MartletPlan

extension StageScheduler {
    /// Looks for jobs and stages that contradict each other.
    /// - Invariant: S7 to S10
    func checkInvariants(_ result: inout InvariantCheck) {
        for id in stages.keys.sorted() { if let stage = stages[id] { check(stage, &result) } }
        for job in jobs.keys.sorted() { if let state = jobs[job] { check(job, state, &result) } }
        for (shuffle, id) in stageOfShuffle {
            result.require(
                stages[id]?.plan.output == .shuffle(shuffle), "S9", "shuffle \(shuffle) has no stage \(id)")
        }
        if jobs.isEmpty { result.require(isIdle, "S10", "stages without a job") }
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
        switch stage.phase {
        case .inactive:
            result.require(stage.plan.output != .result, "S8", "stage \(stage.id) is inactive between events")
        case .waiting(let missing):
            checkWait(of: stage, missing: missing, &result)
        case .running:
            result.require(
                stage.finished(mapOutputs)?.isFull != true, "S8", "stage \(stage.id) runs although it is complete")
        }
    }

    private func checkWait(of stage: StageState, missing: Int, _ result: inout InvariantCheck) {
        let awaited = stages.values.filter { $0.dependents.contains(stage.id) }
        result.require(missing > 0 && awaited.count == missing, "S8", "stage \(stage.id) waits for nobody")
        for parent in awaited {
            let jobs = parent.users.map(\.job)
            result.require(
                parent.phase != .inactive, "S8",
                "stage \(stage.id) waits for \(parent.id), which does nothing")
            result.require(
                stage.users.allSatisfy { jobs.contains($0.job) }, "S7",
                "users of \(stage.id) lack \(parent.id)")
        }
    }

    private func check(_ job: JobID, _ state: JobState, _ result: inout InvariantCheck) {
        for (index, id) in state.stageIDs.enumerated() where state.isUser[index] {
            let knowsJob = stages[id]?.users.contains { $0.job == job } == true
            result.require(knowsJob, "S9", "stage \(id) does not know its user \(job)")
        }
        result.require(state.isUser[state.plan.resultStage.index], "S9", "job \(job) does not use its result stage")
    }
}

import MartletCore
import MartletPlan

// Beginning and end of jobs.
extension StageScheduler {
    /// Begins a job.
    mutating func submit(_ job: JobID, _ plan: JobPlan, at now: Instant) {
        precondition(jobs[job] == nil, "job \(job) is submitted twice")
        if plan.resultStage.tasks.count == 0 {
            actions += [.driver(.jobStarted(job, stages: [])), .driver(.jobSucceeded(job))]
            return
        }
        let state = JobState(plan: plan, firstStage: nextStage)
        nextStage = StageID(nextStage.rawValue + plan.stages.count)
        jobs[job] = state
        let begun = enlist(job, from: plan.resultStage.index)
        actions.append(.driver(.jobStarted(job, stages: jobs[job]?.stageIDs ?? [])))
        for stage in plan.stages where jobs[job]?.isUser[stage.index] == false {
            let info = StageInfo(
                id: state.stageIDs[stage.index], attempt: 0, job: job, planStage: stage.index, output: stage.output,
                taskCount: 0, submittedAt: now)
            actions.append(.driver(.stageSkipped(info)))
        }
        submit(begun, at: now)
    }

    /// Fails every job that needs a stage.
    mutating func abort(_ stage: StageID, _ failure: JobFailure) {
        for user in stages[stage]?.users ?? [] { end(user.job, .jobFailed(user.job, failure)) }
    }

    /// Removes a job from all tables, with the stages that no other job needs.
    /// - Invariant: S3
    mutating func end(_ job: JobID, _ outcome: JobScheduler.Action) {
        guard let state = jobs.removeValue(forKey: job) else { preconditionFailure("job \(job) ends twice") }
        var dropped: [StageID] = []
        for (index, id) in state.stageIDs.enumerated() where state.isUser[index] {
            guard let stage = stages[id] else { preconditionFailure("stage \(id) of job \(job) is gone") }
            if stage.users.count == 1 {
                drop(stage)
                dropped.append(id)
            } else {
                changeUsers(of: id) { $0.removeAll { $0.job == job } }
            }
        }
        actions.append(.tasks(.dropped(dropped)))
        actions.append(.driver(outcome))
    }

    /// Forgets the outputs of a shuffle, now or with its stage.
    mutating func remove(_ shuffle: ShuffleID) {
        if let stage = stageOfShuffle[shuffle] {
            stages[stage]?.isShuffleRemoved = true
        } else {
            mapOutputs.removeAll(of: shuffle)
        }
    }

    private mutating func drop(_ stage: StageState) {
        if stage.phase == .running { actions.append(.driver(.stageFailed(stage.info, .notNeeded))) }
        stages[stage.id] = nil
        if case .shuffle(let shuffle) = stage.plan.output {
            stageOfShuffle[shuffle] = nil
            if stage.isShuffleRemoved { mapOutputs.removeAll(of: shuffle) }
        }
    }
}

import MartletCore
import MartletPlan

// Beginning and end of jobs.
extension JobScheduler {
    /// Begins a job.
    mutating func submit(_ job: JobID, _ plan: JobPlan, at now: Instant) {
        precondition(jobs[job] == nil, "job \(job) is submitted twice")
        if plan.resultStage.tasks.count == 0 {
            actions += [.jobStarted(job, stages: []), .jobSucceeded(job)]
            return
        }
        let state = JobState(plan: plan, firstStage: nextStage)
        nextStage = StageID(nextStage.rawValue + plan.stages.count)
        jobs[job] = state
        let begun = enlist(job, from: plan.resultStage.index)
        actions.append(.jobStarted(job, stages: jobs[job]?.stageIDs ?? []))
        for stage in plan.stages where jobs[job]?.isUser[stage.index] == false {
            actions.append(
                .stageSkipped(
                    StageInfo(
                        id: state.stageIDs[stage.index], attempt: 0, job: job, planStage: stage.index,
                        output: stage.output,
                        taskCount: 0, submittedAt: now)))
        }
        submit(begun, at: now)
    }

    /// Ends a job early, if it has not ended.
    mutating func fail(_ job: JobID, _ failure: JobFailure) {
        if jobs[job] == nil {
            ignoredReportCount += 1
        } else {
            end(job, .jobFailed(job, failure))
        }
    }

    /// Ends every job that needs a stage, if there is one.
    mutating func cancel(_ stage: StageID, _ reason: String) {
        if stages[stage] == nil {
            ignoredReportCount += 1
        } else {
            abort(stage, .cancelled(reason: reason))
        }
    }

    /// Fails every job that needs a stage.
    mutating func abort(_ stage: StageID, _ failure: JobFailure) {
        for user in stages[stage]?.users ?? [] { end(user.job, .jobFailed(user.job, failure)) }
    }

    /// Removes a job from all tables, with the stages that no other job needs.
    /// - Invariant: S3
    mutating func end(_ job: JobID, _ outcome: Action) {
        guard let state = jobs.removeValue(forKey: job) else { preconditionFailure("job \(job) ends twice") }
        var hasOrphans = false
        for (index, id) in state.stageIDs.enumerated() where state.isUser[index] {
            guard let stage = stages[id] else { preconditionFailure("stage \(id) of job \(job) is gone") }
            if stage.users.count == 1 {
                hasOrphans = stage.running.count > 0 || hasOrphans
                drop(stage)
            } else {
                changeUsers(of: id) { $0.removeAll { $0.job == job } }
            }
        }
        if hasOrphans {
            let stages = stages
            actions.append(.cancel(attempts.orphan { stages[$0] == nil }))
        }
        actions.append(outcome)
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
        if stage.phase == .running {
            removeReady(stage.rank)
            actions.append(.stageFailed(stage.info, .notNeeded))
        }
        stages[stage.id] = nil
        if case .shuffle(let shuffle) = stage.plan.output {
            stageOfShuffle[shuffle] = nil
            if stage.isShuffleRemoved { mapOutputs.removeAll(of: shuffle) }
        }
    }
}

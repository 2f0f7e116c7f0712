import MartletCore
import MartletPlan

// How stages are created, wait for each other, run, and complete.
extension StageScheduler {
    /// Makes a job a user of a stage and of every stage that must run before it.
    /// - Returns: the inactive ones of these stages, parents first
    /// - Complexity: O(stages of the job)
    /// - Invariant: S7
    @discardableResult
    mutating func enlist(_ job: JobID, from start: Int) -> [StageID] {
        guard let plan = jobs[job]?.plan else { preconditionFailure("job \(job) is not running") }
        var isFound = [Bool](repeating: false, count: plan.stages.count)
        isFound[start] = true
        var stack = [start]
        while let index = stack.popLast() {
            let (stage, isNewUser) = join(job, plan.stages[index])
            // The stages that an active stage waits for were enlisted with it.
            if stage.phase != .inactive, !isNewUser, index != start { continue }
            for shuffle in missingParents(of: stage) {
                let parent = stageIndex(of: shuffle, in: plan)
                if !isFound[parent] {
                    isFound[parent] = true
                    stack.append(parent)
                }
            }
        }
        guard let ids = jobs[job]?.stageIDs else { return [] }
        return ids.indices.filter { isFound[$0] && stages[ids[$0]]?.phase == .inactive }.map { ids[$0] }
    }

    /// Starts the next attempt of each inactive stage, or makes it wait for its parents.
    /// - Parameter ids: stages whose missing parents come before them, or are active
    /// - Invariant: S7
    mutating func submit(_ ids: [StageID], at now: Instant) {
        // A stage that ran before has older users, which now need its missing parents as well.
        for id in ids {
            guard let users = stages[id]?.users, users.count > 1 else { continue }
            for user in users { enlist(user.job, from: user.planStage) }
        }
        for id in ids {
            guard let stage = stages[id], stage.phase == .inactive else { continue }
            let missing = missingParents(of: stage)
            if missing.isEmpty {
                start(id, at: now)
                continue
            }
            for shuffle in missing {
                guard let parent = stageOfShuffle[shuffle] else {
                    preconditionFailure("stage \(id) waits for shuffle \(shuffle), which nobody writes")
                }
                stages[parent]?.dependents.append(id)
            }
            stages[id]?.phase = .waiting(missingParents: missing.count)
        }
    }

    /// Starts the next attempt of a stage, after its missing input has been recomputed.
    mutating func resubmit(_ id: StageID, at now: Instant) {
        guard let stage = stages[id] else { preconditionFailure("stage \(id) is gone") }
        if missingParents(of: stage).isEmpty {
            start(id, at: now)
        } else {
            submit(enlist(stage.users[0].job, from: stage.users[0].planStage), at: now)
        }
    }

    /// Ends the attempt of a stage that has finished every task, and wakes the stages that waited for it.
    mutating func complete(_ id: StageID, at now: Instant) {
        guard let stage = stages[id], stage.phase == .running else {
            preconditionFailure("stage \(id) completes without running")
        }
        stages[id]?.complete()
        stages[id]?.dependents.removeAll()
        actions.append(.driver(.stageCompleted(stage.info)))
        for dependent in stage.dependents {
            guard case .waiting(let missing) = stages[dependent]?.phase else { continue }
            if missing > 1 {
                stages[dependent]?.phase = .waiting(missingParents: missing - 1)
            } else {
                stages[dependent]?.phase = .inactive
                resubmit(dependent, at: now)
            }
        }
    }

    /// Changes the users of a stage; its tasks are launched for the oldest.
    mutating func changeUsers(of id: StageID, _ change: (inout [StageState.User]) -> Void) {
        guard var users = stages[id]?.users else { preconditionFailure("stage \(id) is gone") }
        let oldest = users[0]
        change(&users)
        stages[id]?.users = users
        if users[0] != oldest { actions.append(.tasks(.userChanged(id, users[0]))) }
    }

    /// Begins an attempt.
    /// - Invariant: S5
    private mutating func start(_ id: StageID, at now: Instant) {
        guard let stage = stages[id], let plan = jobs[stage.users[0].job]?.plan else {
            preconditionFailure("stage \(id) is gone")
        }
        let finished = stage.finished(mapOutputs)
        precondition((finished?.count ?? 0) < stage.plan.tasks.count, "stage \(id) starts with nothing to do")
        stages[id]?.begin(finishedCount: finished?.count ?? 0, at: now)
        guard let info = stages[id]?.info else { return }
        let set = TaskSet(
            stage: id, stageAttempt: info.attempt, user: stage.users[0], jobPlan: plan, output: stage.plan.output,
            tasks: stage.plan.tasks)
        actions.append(.driver(.stageSubmitted(info)))
        actions.append(.tasks(.submitted(set, finished: finished)))
    }

    /// Makes a job a user of one stage, which is created if necessary.
    private mutating func join(_ job: JobID, _ plan: StagePlan) -> (stage: StageState, isNewUser: Bool) {
        guard var state = jobs.removeValue(forKey: job) else {
            preconditionFailure("job \(job) is not running")
        }
        defer { jobs[job] = state }
        let user = StageState.User(job: job, planStage: plan.index)
        let isNewUser = !state.isUser[plan.index]
        state.isUser[plan.index] = true
        if case .shuffle(let shuffle) = plan.output, isNewUser {
            if let shared = stageOfShuffle[shuffle] {
                state.stageIDs[plan.index] = shared
                changeUsers(of: shared) { users in
                    users.insert(user, at: users.firstIndex { $0.job > job } ?? users.count)
                }
            } else {
                stageOfShuffle[shuffle] = state.stageIDs[plan.index]
            }
        }
        let id = state.stageIDs[plan.index]
        let stage = stages[id] ?? StageState(id: id, plan: plan, user: user)
        stages[id] = stage
        return (stage, isNewUser)
    }

    /// The shuffles that a stage reads and that are not complete.
    private func missingParents(of stage: StageState) -> [ShuffleID] {
        guard let plan = jobs[stage.users[0].job]?.plan else {
            preconditionFailure("stage \(stage.id) has no user")
        }
        return stage.neededParents.filter {
            !mapOutputs.isComplete($0, mapCount: plan.stages[stageIndex(of: $0, in: plan)].tasks.count)
        }
    }

    private func stageIndex(of shuffle: ShuffleID, in plan: JobPlan) -> Int {
        guard let index = plan.stageIndex(of: shuffle) else {
            preconditionFailure("jobs disagree on the lineage of shuffle \(shuffle)")
        }
        return index
    }
}

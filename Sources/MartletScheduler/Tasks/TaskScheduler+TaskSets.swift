import MartletCore
import MartletPlan

// Task sets that the stage scheduler submits and withdraws.
extension TaskScheduler {
    /// Begins an attempt of a stage.
    mutating func submit(_ set: TaskSet, finished: PartitionSet?) {
        if let place = taskSets.index(forKey: set.stage) {
            taskSets.values[place].begin(set, finished: finished)
        } else {
            taskSets[set.stage] = TaskSetState(set, finished: finished)
        }
        if !blocks.isEmpty {
            let reads = set.jobPlan.cachedReads(ofStage: set.user.planStage)
            if !reads.isEmpty { taskSets[set.stage]?.place(reads, blocks) }
        }
        makeReady(set.stage)
    }

    /// Launches the tasks of a stage for another job, at that job's place in the order.
    mutating func change(_ stage: StageID, _ user: StageState.User) {
        removeReady(stage)
        taskSets[stage]?.user = user
        makeReady(stage)
    }

    /// Ends the attempt of a stage; the tasks that run go on.
    mutating func suspend(_ stage: StageID) {
        removeReady(stage)
        taskSets[stage]?.suspend()
    }

    /// Forgets task sets, and has their attempts cancelled.
    mutating func drop(_ stages: [StageID]) {
        var isRunning = false
        for stage in stages {
            removeReady(stage)
            if let set = taskSets.removeValue(forKey: stage), set.running.tasks.count > 0 { isRunning = true }
        }
        if !isRunning { return }
        let taskSets = taskSets
        actions.append(.driver(.cancel(attempts.orphan { taskSets[$0.stage] == nil })))
    }

    /// Runs finished tasks of a running map stage again, as their outputs are lost.
    mutating func rerun(_ tasks: [Int], of stage: StageID) {
        guard let place = taskSets.index(forKey: stage) else { return }
        for task in tasks {
            let preference = preference(of: task, in: stage)
            taskSets.values[place].retryFinished(task, preference)
        }
        makeReady(stage)
    }

    /// The executors that a task prefers.
    func preference(of index: Int, in stage: StageID) -> TaskPreference {
        if blocks.isEmpty { return .none }
        return taskSets[stage]?.preference(of: index, blocks) ?? .none
    }
}

import MartletCore
import MartletPlan

// Which tasks are pending, and where they are to run.
extension StageState {
    /// Sets the preferences of the pending tasks of an attempt that has just begun, if any has one.
    /// - Complexity: O(tasks)
    mutating func place(finished: PartitionSet?, preference: (Int) -> PendingTasks.Preference) {
        let preferences = (0..<plan.tasks.count).filter { !running.contains($0) && finished?.contains($0) != true }
            .map { ($0, preference($0)) }
        if preferences.allSatisfy({ $0.1 == .none }) { return }
        for (task, preference) in preferences.reversed() { pending.add(task, preference) }
        pending.passCursor()
    }

    /// Forgets an executor; tasks that preferred it get another preference.
    mutating func forget(_ executor: ExecutorID, preference: (Int) -> PendingTasks.Preference) {
        pending.remove(executor, preference: preference)
    }

    /// The executors that have the nearest cached partitions that a task reads.
    func preference(of index: Int, _ blocks: BlockLocations) -> PendingTasks.Preference {
        for read in reads {
            var near: [ExecutorID] = []
            for block in read.blocks(of: plan.tasks[index]) {
                for executor in blocks.executors(of: block) where !near.contains(executor) { near.append(executor) }
            }
            if !near.isEmpty { return .near(near) }
        }
        return .none
    }

    /// The finished tasks; nil when there are none.
    /// - Parameter mapOutputs: knows the finished tasks of a map stage; a result stage knows its own
    func finished(_ mapOutputs: MapOutputTable) -> PartitionSet? {
        switch plan.output {
        case .result: delivered
        case .shuffle(let shuffle): mapOutputs.maps(of: shuffle)
        }
    }

    /// Number of tasks that a running attempt has to launch.
    func pendingCount(_ mapOutputs: MapOutputTable) -> Int {
        plan.tasks.count - running.count - (finished(mapOutputs)?.count ?? 0)
    }
}

import MartletCore
import MartletPlan

extension JobScheduler {
    /// Looks for tables that contradict each other. Tests call it after every event.
    /// - Returns: the broken invariants, a line each
    /// - Complexity: O(everything)
    /// - Invariant: S1, S4, S6 to S10, S12, S13
    package func brokenInvariants() -> [String] {
        var result = InvariantCheck()
        stages.checkInvariants(&result)
        tasks.checkInvariants(&result)
        checkAgreement(&result)
        return result.broken
    }

    /// The two state machines know the same of each other.
    private func checkAgreement(_ result: inout InvariantCheck) {
        for id in tasks.taskSets.keys.sorted() {
            result.require(stages.stages[id] != nil, "S13", "the tasks of stage \(id) outlive it")
        }
        for id in stages.stages.keys.sorted() {
            guard let stage = stages.stages[id] else { continue }
            let set = tasks.taskSets[id]
            switch stage.phase {
            case .inactive: result.require(set == nil, "S13", "stage \(id) is inactive and has tasks")
            case .waiting: result.require(set?.isActive != true, "S13", "stage \(id) waits and launches tasks")
            case .running:
                guard let set, set.isActive else {
                    result.require(false, "S13", "stage \(id) runs and launches no tasks")
                    continue
                }
                let finished = stage.finished(mapOutputs) ?? PartitionSet(capacity: stage.plan.tasks.count)
                result.require(set.finished == finished, "S13", "stage \(id) and its tasks disagree on what is finished")
                result.require(
                    set.user == stage.users[0] && set.stageAttempt == stage.info.attempt, "S13",
                    "the tasks of stage \(id) are launched for another job or attempt")
            }
        }
        for shuffle in mapOutputs.shuffles {
            let holders = mapOutputs.holders(of: shuffle)
            result.require(holders.allSatisfy { executors[$0] != nil }, "S12", "output of shuffle \(shuffle) is with nobody")
        }
    }
}

import MartletCore

extension DriverCore {
    /// Looks for tables that contradict each other. Tests call it after every event.
    /// - Returns: the broken invariants, a line each
    /// - Complexity: O(everything)
    /// - Invariant: E3, E4
    package func brokenInvariants() -> [String] {
        var result = InvariantCheck()
        result.require(fleet.registered == scheduler.executorIDs, "E3", "executors of scheduler and driver differ")
        for (id, executor) in fleet.members where executor.isRegistered && !fleet.isLocal {
            let used = Set(scheduler.attempts.all(on: id).map(\.launch.program))
            result.require(
                executor.programs.isSuperset(of: used), "E4", "executor \(id) has attempts without their program")
            result.require(
                executor.programs.allSatisfy { used.contains($0) || scheduler.isRunning($0.job) }, "E4",
                "executor \(id) has a program of a job that has ended")
        }
        for shuffle in scheduler.mapOutputs.shuffles {
            for map in 0..<(scheduler.mapOutputs.maps(of: shuffle)?.capacity ?? 0)
            where !fleet.isLocal && scheduler.mapOutputs.holder(of: map, of: shuffle) != nil {
                result.require(outputs[shuffle]?[map] != nil, "E4", "output \(map) of shuffle \(shuffle) has no file")
            }
        }
        for removal in blockRemovals {
            let older = scheduler.attempts.all.filter { $0.attempt.id < removal.firstTask }.count
            result.require(older == removal.pendingCount, "E4", "the removal of RDD \(removal.rdd) waits for nobody")
        }
        return scheduler.brokenInvariants() + result.broken + fleet.brokenInvariants(at: scheduler.lastEventAt)
    }
}

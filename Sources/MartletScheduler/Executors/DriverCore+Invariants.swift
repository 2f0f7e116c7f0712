import MartletCore

extension DriverCore {
    /// Looks for tables that contradict each other. Tests call it after every event.
    /// - Returns: the broken invariants, a line each
    /// - Complexity: O(everything)
    /// - Invariant: E3, E4
    package func brokenInvariants() -> [String] {
        var result = InvariantCheck()
        let running = scheduler.slots.running.map(\.attempt)
        result.require(
            Set(running.map(\.id)) == Set(launched.keys), "E4", "attempts of scheduler and driver differ")
        result.require(executors.keys.sorted() == scheduler.executorIDs, "E3", "executors of scheduler and driver differ")
        result.require(retired.isDisjoint(with: executors.keys), "E3", "an executor is believed again")
        var counts: [ExecutorID: [ProgramKey: Int]] = [:]
        for launch in launched.values { counts[launch.attempt.executor, default: [:]][launch.program, default: 0] += 1 }
        for (id, executor) in executors {
            let used = executor.programs.filter { $0.value > 0 }
            result.require(used == counts[id] ?? [:], "E4", "attempts of executor \(id) are miscounted")
            result.require(
                executor.programs.allSatisfy { $0.value > 0 || scheduler.isRunning($0.key.job) }, "E4",
                "executor \(id) has a program of a job that has ended")
        }
        for shuffle in scheduler.mapOutputs.shuffles {
            for map in 0..<(scheduler.mapOutputs.maps(of: shuffle)?.capacity ?? 0)
            where scheduler.mapOutputs.holder(of: map, of: shuffle) != nil {
                result.require(outputs[shuffle]?[map] != nil, "E4", "output \(map) of shuffle \(shuffle) has no file")
            }
        }
        for removal in blockRemovals {
            let older = launched.keys.filter { $0 < removal.firstTask }.count
            result.require(older == removal.pendingCount, "E4", "the removal of RDD \(removal.rdd) waits for nobody")
        }
        return scheduler.brokenInvariants() + result.broken
    }
}

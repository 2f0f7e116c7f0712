import MartletCore

extension ClusterMaster {
    /// Looks for tables that contradict each other. Tests call it after every event.
    /// - Returns: the broken invariants, a line each
    /// - Complexity: O(everything)
    package func brokenInvariants() -> [String] {
        var result = InvariantCheck()
        var running: [WorkID: WorkerID] = [:]
        var unknown = 0
        for id in workers.keys {
            guard let worker = workers[id] else { continue }
            if worker.phase == .unknown { unknown += 1 }
            // What it was sent and is to run; a late report may name what has ended, and that is killed until the next one.
            var (used, launched) = (Resources.zero, Resources.zero)
            for (work, assigned) in worker.work {
                used += assigned.launch.resources
                if assigned.launch.number.term == record.term, !assigned.isKilled { launched += assigned.launch.resources }
                if !assigned.isKilled {
                    result.require(running.updateValue(id, forKey: work) == nil, "W1", "\(work) is on two workers")
                    result.require(isWanted(work, on: id), "W3", "\(work) runs on \(id) and belongs to nobody")
                }
            }
            result.require(used == worker.used, "W2", "\(id) uses \(worker.used), its processes \(used)")
            result.require(
                launched.fits(in: worker.description.resources), "W1",
                "\(id) has \(worker.description.resources) and was sent \(launched)")
            result.require(workerOfAddress[worker.description.address] == id, "W4", "\(id) is not at its address")
        }
        checkApplications(&result, &unknown)
        checkDrivers(&result)
        result.require(unknown == unknownCount, "W5", "\(unknown) are unknown and not \(unknownCount)")
        if phase == .standby { result.require(workers.isEmpty && isIdle, "W5", "a standby knows something") }
        return result.broken
    }

    private func isWanted(_ work: WorkID, on id: WorkerID) -> Bool {
        switch work {
        case .executor(let application, let executor): applications[application]?.executors[executor]?.worker == id
        case .driver(let driver, let launch):
            drivers[driver].map { $0.record.launchCount == launch && $0.record.worker == id && !$0.isWaiting } ?? false
        }
    }

    private func checkApplications(_ result: inout InvariantCheck, _ unknown: inout Int) {
        for id in applications.keys {
            guard let application = applications[id] else { continue }
            if application.phase == .unknown { unknown += 1 }
            let counted = application.executors.values.filter { $0.phase != .decommissioned }
            result.require(
                application.heldCount == counted.count
                    && application.heldCores == counted.reduce(0) { $0 + $1.resources.cores }, "W2",
                "\(id) holds \(application.heldCores) cores on \(application.heldCount) executors")
            result.require(
                application.killedCount == application.executors.values.count { $0.isKilled }, "W2", "\(id) counts its killed executors")
            result.require(
                (application.phase == .running) == !application.executors.isEmpty || application.phase == .unknown, "W4",
                "\(id) is \(application.phase) with \(application.executors.count) executors")
            for (executor, state) in application.executors {
                result.require(
                    workers[state.worker]?.work[.executor(id, executor)] != nil, "W3", "executor \(executor) of \(id) is nowhere")
                result.require(executor < application.record.firstUnusedExecutor, "W6", "executor \(executor) is not reserved")
            }
            result.require(applicationOfToken[application.record.token] == id, "W4", "\(id) is not known by its token")
        }
    }

    private func checkDrivers(_ result: inout InvariantCheck) {
        for id in drivers.keys {
            guard let driver = drivers[id] else { continue }
            result.require(!driver.record.phase.isFinal, "W4", "\(id) has ended")
            result.require(driverOfToken[driver.record.token] == id, "W4", "\(id) is not known by its token")
            guard driver.record.phase == .running else { continue }
            result.require(
                driver.record.worker.flatMap { workers[$0]?.work[driver.work] } != nil, "W3", "\(id) runs nowhere")
        }
    }

    /// Whether no application and no driver is left.
    package var isIdle: Bool { applications.isEmpty && drivers.isEmpty }

    /// Whether nothing runs on any worker.
    package var runsNothing: Bool { workers.keys.allSatisfy { workers[$0]?.work.isEmpty ?? true } }
}

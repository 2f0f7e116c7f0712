import MartletCore

extension ClusterMaster {
    /// How many numbers of executors a record reserves: it is written once for so many launches.
    static let reservedExecutors = 100

    /// An executor is launched for an application. Its number was never used, also not before a crash of the master.
    mutating func launchExecutor(of id: ApplicationID, on worker: WorkerID, _ resources: Resources, at now: Instant) {
        guard let application = applications[id] else { return }
        let executor = application.nextExecutor
        if executor >= application.record.firstUnusedExecutor {
            applications[id]?.record.firstUnusedExecutor = ExecutorID(executor.rawValue + Self.reservedExecutors)
            if let record = applications[id]?.record { persist(.application(record)) }
        }
        applications[id]?.nextExecutor = ExecutorID(executor.rawValue + 1)
        add(executor, of: id, on: worker, resources)
        launch(.executor(id, executor), on: worker, resources, at: now)
        if let state = applications[id]?.executors[executor] { tellAdded(executor, of: id, state) }
    }

    mutating func add(_ executor: ExecutorID, of id: ApplicationID, on worker: WorkerID, _ resources: Resources) {
        let state = ExecutorState(worker: worker, resources: resources, phase: .launching)
        applications[id]?.executors[executor] = state
        applications[id]?.hold(state)
        applications[id]?.workers.insert(worker)
        applications[id]?.told = nil
        if applications[id]?.phase == .waiting { applications[id]?.phase = .running }
    }

    mutating func launch(
        _ work: WorkID, on worker: WorkerID, _ resources: Resources, isSupervised: Bool = false, at now: Instant
    ) {
        launchCount += 1
        let launch = Launch(
            number: LaunchNumber(term: record.term, number: launchCount), work: work, resources: resources,
            isSupervised: isSupervised)
        assign(launch, to: worker, at: now)
        tell(worker, .launch(launch))
    }

    mutating func tellAdded(_ executor: ExecutorID, of id: ApplicationID, _ state: ExecutorState) {
        let host = workers[state.worker]?.description.address.host ?? ""
        tell(id, .executorAdded(GrantedExecutor(id: executor, worker: state.worker, host: host, resources: state.resources)))
    }

    /// An executor has ended. A program that only fails is removed after some failures in a row.
    mutating func end(_ executor: ExecutorID, of id: ApplicationID, _ end: WorkEnd, at now: Instant) {
        guard let state = applications[id]?.executors.removeValue(forKey: executor) else { return }
        if state.phase != .decommissioned { applications[id]?.drop(state) }
        if state.isKilled { applications[id]?.killedCount -= 1 }
        if applications[id]?.executors.isEmpty == true {
            if applications[id]?.phase == .running { applications[id]?.phase = .waiting }
            applications[id]?.waitingSince = now
        }
        tell(id, .executorChanged(executor, end.executorPhase, reason: "\(end)"))
        let wasHealthy = state.runningSince.map { now - $0 >= settings.healthyRun } ?? false
        if wasHealthy { applications[id]?.failureCount = 0 }
        guard end.isFault, !state.isKilled, let before = applications[id]?.failureCount else { return }
        let failures = before + 1
        applications[id]?.failureCount = failures
        applications[id]?.pausedUntil = now + MasterSettings.pause(afterFailures: failures)
        if let most = settings.maxExecutorRetries, failures >= most, applications[id]?.hasRunning == false {
            remove(id, .failed, "\(failures) executors in a row have failed, the last one: \(end)", at: now)
        }
    }
}

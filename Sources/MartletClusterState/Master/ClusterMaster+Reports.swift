import MartletCore

extension ClusterMaster {
    /// Compares what a worker runs with what it is to run.
    /// - Complexity: O(what the worker runs)
    mutating func reconcile(_ id: WorkerID, _ report: WorkReport, isNewConnection: Bool, at now: Instant) {
        if workers[id]?.isFull == true {
            workers[id]?.isFull = false
            wantsRound = true
        }
        for ended in report.ended { end(ended, on: id, at: now) }
        for process in report.processes {
            let work = process.launch.work
            if let assigned = workers[id]?.work[work] {
                if assigned.isKilled { tell(id, .kill(work)) }
            } else if !adopt(process, on: id, at: now) {
                // Until it has ended it takes its cores, whatever it is.
                assign(process.launch, to: id, at: now)
                kill(work, on: id)
            }
            if process.isRunning { start(work, on: id, at: now) }
        }
        // All that is listed is known by now.
        if report.processes.count < workers[id]?.work.count ?? 0 { lookForMissing(id, report, isNewConnection, at: now) }
        tell(id, .acknowledged(report.ended.map(\.work)))
        if report.isDecommissioned, workers[id]?.phase == .alive { decommission(id, isToBeTold: false) }
        if !report.isDecommissioned, workers[id]?.phase == .decommissioned { tell(id, .decommission) }
    }

    /// What a worker does not list has been lost on the way, or has not arrived yet.
    private mutating func lookForMissing(
        _ id: WorkerID, _ report: WorkReport, _ isNewConnection: Bool, at now: Instant
    ) {
        let listed = Set(report.processes.map(\.launch.work))
        for (work, assigned) in (workers[id]?.work ?? [:]).sorted(by: { $0.value.launch.number < $1.value.launch.number })
        where !listed.contains(work) {
            if assigned.launch.number <= report.lastLaunch {
                end(EndedWork(work, .lost(reason: "worker \(id) does not have it")), on: id, at: now)
            } else if isNewConnection || now - assigned.sentAt > settings.resendAfter {
                workers[id]?.work[work]?.sentAt = now
                tell(id, .launch(assigned.launch))
                if assigned.isKilled { tell(id, .kill(work)) }
            }
        }
    }

    /// A new leader takes over what its records allow for.
    private mutating func adopt(_ process: RunningWork, on id: WorkerID, at now: Instant) -> Bool {
        guard case .recovering = phase else { return false }
        switch process.launch.work {
        case .executor(let application, let executor):
            guard let state = applications[application], state.executors[executor] == nil,
                executor < state.record.firstUnusedExecutor
            else { return false }
            assign(process.launch, to: id, at: now)
            add(executor, of: application, on: id, process.launch.resources)
        case .driver(let driver, let launch):
            guard let record = drivers[driver]?.record, record.phase == .unknown, record.launchCount == launch,
                record.worker == id
            else { return false }
            assign(process.launch, to: id, at: now)
            drivers[driver]?.record.phase = .running
            if record.isKilled { kill(process.launch.work, on: id) }
        }
        return true
    }

    mutating func assign(_ launch: Launch, to id: WorkerID, at now: Instant) {
        workers[id]?.work[launch.work] = AssignedWork(launch: launch, sentAt: now)
        workers[id]?.used += launch.resources
    }

    /// Repeated until the worker says that the process has ended.
    mutating func kill(_ work: WorkID, on id: WorkerID) {
        guard workers[id]?.work[work] != nil else { return }
        workers[id]?.work[work]?.isKilled = true
        tell(id, .kill(work))
    }

    /// A process runs. Late or repeated: nothing.
    mutating func start(_ work: WorkID, on id: WorkerID, at now: Instant) {
        if workers[id]?.work[work] == nil {
            ignoredMessageCount += 1
            return
        }
        guard case .executor(let application, let executor) = work,
            let state = applications[application]?.executors[executor], state.worker == id, state.runningSince == nil
        else { return }
        applications[application]?.executors[executor]?.runningSince = now
        guard state.phase == .launching else { return }
        applications[application]?.executors[executor]?.phase = .running
        tell(application, .executorChanged(executor, .running, reason: ""))
    }

    /// A process has ended, or is given up. Late or repeated: nothing.
    mutating func end(_ ended: EndedWork, on id: WorkerID, at now: Instant) {
        guard let assigned = workers[id]?.work.removeValue(forKey: ended.work) else {
            ignoredMessageCount += 1
            return
        }
        workers[id]?.used -= assigned.launch.resources
        wantsRound = true
        if case .refused = ended.end { workers[id]?.isFull = true }
        switch ended.work {
        case .executor(let application, let executor):
            if applications[application]?.executors[executor]?.worker == id { end(executor, of: application, ended.end, at: now) }
        case .driver(let driver, let launch):
            if let record = drivers[driver]?.record, record.launchCount == launch, record.worker == id {
                end(driver, ended.end, at: now)
            }
        }
    }
}

import MartletCore

/// A process of a worker, from the order to launch it until it has ended for good.
struct WorkerProcess: Sendable {
    enum State: Hashable, Sendable {
        /// Next: `running`, or its end.
        case starting

        /// Next: its end, or `pausing`.
        case running

        /// A supervised driver has failed. Next: `starting`, or its end.
        case pausing(until: Instant)
    }

    let launch: Launch
    var state = State.starting
    var isKilled = false
    var startedAt: Instant
    var restarts = 0

    /// Whether there is a process, or one is being started.
    var hasProcess: Bool { if case .pausing = state { false } else { true } }
}

extension ClusterWorker {
    /// Launches have growing numbers: another one is a repetition, or was overtaken, and the master finds it missing.
    mutating func take(_ launch: Launch, term: Int, at now: Instant) {
        guard case .registered = phase, term == self.term, launch.number.term == term, launch.number > lastLaunch else {
            ignoredMessageCount += 1
            return
        }
        lastLaunch = launch.number
        if isDecommissioned {
            conclude(launch.work, .refused(reason: "worker \(description.id) is being decommissioned"))
        } else if !launch.resources.fits(in: free) {
            conclude(launch.work, .refused(reason: "worker \(description.id) has no room for \(launch.resources)"))
        } else {
            processes[launch.work] = WorkerProcess(launch: launch, startedAt: now)
            used += launch.resources
            folders[WorkFolder(launch.work)] = FolderState(usedAt: now)
            actions.append(.start(launch))
        }
    }

    mutating func start(_ work: WorkID, at now: Instant) {
        guard processes[work]?.state == .starting else {
            ignoredMessageCount += 1
            return
        }
        processes[work]?.state = .running
        processes[work]?.startedAt = now
        sendToMaster(.started(work))
    }

    /// A process has ended. A supervised driver that has failed is restarted after a pause, and keeps its cores.
    mutating func end(_ work: WorkID, _ end: WorkEnd, at now: Instant) {
        guard let process = processes[work], process.hasProcess else {
            ignoredMessageCount += 1
            return
        }
        folders[WorkFolder(work)]?.usedAt = now
        if process.launch.isSupervised, !process.isKilled, end.isFault {
            if isDecommissioned { return remove(work, .lost(reason: "\(end), and its worker is being decommissioned")) }
            let wasHealthy = process.state == .running && now - process.startedAt >= settings.healthyRun
            let restarts = wasHealthy ? 1 : process.restarts + 1
            processes[work]?.restarts = restarts
            processes[work]?.state = .pausing(until: now + settings.pause(beforeRestart: restarts))
        } else {
            remove(work, process.isKilled ? .killed : end)
        }
    }

    mutating func restartDrivers(at now: Instant) {
        for (work, process) in processes.sorted(by: { $0.key < $1.key }) {
            guard case .pausing(let until) = process.state else { continue }
            if isDecommissioned {
                remove(work, .lost(reason: "its worker is being decommissioned"))
            } else if now >= until {
                processes[work]?.state = .starting
                actions.append(.start(process.launch))
            }
        }
    }

    /// Whether a process is there or not, the master learns how things are.
    mutating func obeyKill(_ work: WorkID) {
        if processes[work] != nil {
            kill(work)
        } else if let end = ends[work] {
            sendToMaster(.ended(EndedWork(work, end)))
        } else {
            ignoredMessageCount += 1
            sendToMaster(.report(report))
        }
    }

    mutating func kill(_ work: WorkID) {
        guard let process = processes[work], !process.isKilled else { return }
        processes[work]?.isKilled = true
        if process.hasProcess { actions.append(.kill(work)) } else { remove(work, .killed) }
    }

    private mutating func remove(_ work: WorkID, _ end: WorkEnd) {
        guard let process = processes.removeValue(forKey: work) else { return }
        used -= process.launch.resources
        conclude(work, end)
        if let application = work.application { removeOutputs(of: application) }
    }

    /// The end is reported until a master acknowledges it.
    private mutating func conclude(_ work: WorkID, _ end: WorkEnd) {
        ends[work] = end
        sendToMaster(.ended(EndedWork(work, end)))
    }
}

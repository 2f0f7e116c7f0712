import MartletCore

extension ClusterWorker {
    /// All that runs here.
    var report: WorkReport {
        var report = WorkReport(lastLaunch: lastLaunch)
        report.processes = processes.values.sorted { $0.launch.number < $1.launch.number }
            .map { RunningWork(launch: $0.launch, isRunning: $0.state == .running) }
        report.ended = ends.sorted { $0.key < $1.key }.map { EndedWork($0.key, $0.value) }
        report.isDecommissioned = isDecommissioned
        return report
    }

    mutating func connect(_ master: ClusterAddress) {
        connected.insert(master)
        if case .registering = phase { register(with: master) }
    }

    mutating func disconnect(_ master: ClusterAddress, at now: Instant) {
        connected.remove(master)
        if phase == .registered(master) { lookForMaster(at: now) }
    }

    private mutating func register(with master: ClusterAddress) {
        actions.append(.register(description, report, with: master))
    }

    /// A new series of tries begins.
    mutating func lookForMaster(at now: Instant) { tryToRegister(after: 0, at: now) }

    /// All masters are asked: only the leader answers.
    mutating func tryToRegister(after tries: Int, at now: Instant) {
        guard let pause = settings.pause(afterTries: tries) else {
            let names = masters.map(\.description).joined(separator: ", ")
            return exit(1, "no master answered in \(tries) tries (\(names)); is one running, and does it lead?")
        }
        phase = .registering(tries: tries + 1, nextTry: now + pause)
        for master in masters {
            if connected.contains(master) { register(with: master) } else { actions.append(.connect(master)) }
        }
    }

    mutating func receive(_ order: WorkerOrder, from master: ClusterAddress, at now: Instant) {
        guard order.term >= term || order.kind == .standby else {
            ignoredMessageCount += 1
            return
        }
        if phase == .registered(master) { heardAt = now }
        switch order.kind {
        case .registered:
            term = order.term
            (phase, heardAt, reportedAt) = (.registered(master), now, now)
        case .refused(let reason):
            // That master does not count it.
            phase = .registering(tries: 0, nextTry: now)
            exit(1, "the master at \(master) refuses it: \(reason)")
        case .registerAgain:
            // The leader is another one, or has forgotten: its term counts from the registration on.
            register(with: master)
        case .standby: if phase == .registered(master) { lookForMaster(at: now) }
        case .launch(let launch): take(launch, term: order.term, at: now)
        case .kill(let work): obeyKill(work)
        case .acknowledged(let works): for work in works { ends[work] = nil }
        case .applicationEnded(let application): endApplication(application)
        case .decommission:
            if !isDecommissioned {
                isDecommissioned = true
                sendToMaster(.report(report))
            }
        }
    }

    mutating func sendToMaster(_ message: WorkerMessage) {
        if case .registered(let master) = phase { actions.append(.send(message, to: master)) }
    }
}

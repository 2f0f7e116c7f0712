import MartletCore
import MartletPlan

// Executors that register, report, and are lost.
extension DriverCore {
    mutating func register(_ address: ExecutorAddress, slots: Int, at now: Instant) {
        guard fleet.register(address, at: now) else { return }
        sendAll(.executors(addresses))
        schedule(.executorAdded(address.id, host: address.host, slots: slots, queue: limits.queue), at: now)
        if scheduler.isHeld, scheduler.slotCount >= limits.minSlots { schedule(.released, at: now) }
    }

    mutating func receive(_ message: ExecutorMessage, from executor: ExecutorID, at now: Instant) {
        if !fleet.isLocal {
            guard isRegistered(executor) else {
                ignoredMessageCount += 1
                return
            }
            if fleet.heard(executor, at: now) { actions.append(.tell(.startsAgain)) }
        }
        switch message {
        case .heartbeat: break
        case .stopped(let reason): lose(executor, reason, isFault: false, at: now)
        case .taskEnded(let report): end(report, on: executor, at: now)
        }
    }

    /// Gives up on an executor: its process is killed.
    /// - Invariant: E3
    mutating func lose(_ executor: ExecutorID, _ reason: String, isFault: Bool, at now: Instant) {
        guard let phase = fleet[executor]?.phase, phase != .dismissed else { return }
        let wasRegistered = isRegistered(executor)
        fleet.dismiss(executor)
        actions.append(.kill(executor, reason: reason))
        if wasRegistered { forget(executor, reason, isFault: isFault, at: now) }
    }

    /// The process of an executor has ended.
    mutating func exit(_ executor: ExecutorID, _ reason: String, isFault: Bool, at now: Instant) {
        let wasRegistered = isRegistered(executor)
        if fleet.exited(executor, reason, at: now) { tellOfTrouble() }
        if wasRegistered { forget(executor, fleet.endReason ?? reason, isFault: isFault, at: now) }
    }

    /// Gives executors back to the master that asked for them: those that run nothing, and of these the newest, which have
    /// the least. The last one stays. Looked for at ticks: it takes a walk over all executors.
    mutating func giveBack(at now: Instant) {
        while fleet.askedCount > 0 {
            let registered = fleet.registered
            guard registered.count > 1, let idle = registered.last(where: { scheduler.attempts.all(on: $0).isEmpty }) else { return }
            fleet.releaseOne()
            lose(idle, "other applications wait for its cores", isFault: false, at: now)
        }
    }

    mutating func tellOfTrouble() {
        if let trouble = fleet.trouble { actions.append(.tell(.cannotStart(reason: trouble))) }
    }

    /// Forgets an executor that is no longer registered.
    private mutating func forget(_ executor: ExecutorID, _ reason: String, isFault: Bool, at now: Instant) {
        if !blockRemovals.isEmpty {
            for entry in scheduler.attempts.all(on: executor) { settleRemovals(entry.attempt.id) }
        }
        sendAll(.executors(addresses))
        schedule(.executorLost(executor, reason: reason, isFault: isFault), at: now)
    }

    mutating func tick(at now: Instant) {
        for executor in fleet.silent(at: now, for: limits.heartbeatTimeout) {
            lose(executor, "nothing was heard of it for \(limits.heartbeatTimeout)", isFault: true, at: now)
        }
        for executor in fleet.cutOff(at: now, for: limits.reconnectTimeout) {
            lose(executor, "it had no connection for \(limits.reconnectTimeout)", isFault: true, at: now)
        }
        schedule(.tick, at: now)
        giveBack(at: now)
        lookForStalls(at: now)
    }

    private mutating func end(_ report: AttemptReport, on executor: ExecutorID, at now: Instant) {
        guard let launch = attempt(of: report, on: executor)?.launch else {
            ignoredMessageCount += 1
            return
        }
        let failure = failure(of: launch, in: report)
        applyBlockUpdates(report, on: executor, at: now)
        if let failure {
            schedule(.taskFailed(launch.attempt, failure), at: now)
        } else {
            schedule(.taskSucceeded(launch.attempt), output: report.mapOutput.map { (launch.output, $0) }, at: now)
        }
        if !scheduler.isRunning(launch.program.job) { forgetPrograms(of: executor) { $0 == launch.program } }
    }

    /// Why the attempt did not succeed: it failed, or its report does not fit the launch.
    private func failure(of launch: TaskLaunch, in report: AttemptReport) -> TaskFailure? {
        switch (report.failure, launch.output) {
        case (.missingShuffleOutput(let missing)?, _) where missing.maps.isEmpty:
            .error("its executor reported that no output is missing, as the cause")
        case (.missingShuffleOutput(let missing)?, _):
            // A task that reads a file of its own host does not know which executor holds it.
            .missingShuffleOutput(missing.held { scheduler.mapOutputs.holder(of: $0, of: missing.shuffle) })
        case (let failure?, _): failure
        case (nil, .shuffle) where report.mapOutput == nil && !fleet.isLocal:
            .error("its executor named no file of its map output")
        case (nil, .result) where report.mapOutput != nil:
            .error("its executor reported a map output of a task that has a result")
        case (nil, _): nil
        }
    }
}

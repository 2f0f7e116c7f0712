import MartletCore
import MartletPlan

// Executors that register, report, and are lost.
extension DriverCore {
    mutating func register(_ address: ExecutorAddress, slots: Int, at now: Instant) {
        if knows(address.id) {
            monitor.heard(address.id, at: now)
            executors[address.id]?.disconnectedAt = nil
            return
        }
        if isStopping || retired.contains(address.id) {
            actions.append(.dismiss(address.id, reason: isStopping ? "the driver stops" : "it was given up before"))
            return
        }
        monitor.heard(address.id, at: now)
        executors[address.id] = Executor(address: address)
        sendAll(.executors(addresses))
        schedule(.executorAdded(address.id, host: address.host, slots: slots, queue: limits.queue), at: now)
        if scheduler.isHeld, scheduler.slotCount >= limits.minSlots { schedule(.released, at: now) }
    }

    mutating func receive(_ message: ExecutorMessage, from executor: ExecutorID, at now: Instant) {
        guard knows(executor) else {
            ignoredMessageCount += 1
            return
        }
        monitor.heard(executor, at: now)
        switch message {
        case .heartbeat: break
        case .stopped(let reason): lose(executor, reason, isFault: false, at: now)
        case .taskEnded(let report): end(report, on: executor, at: now)
        }
    }

    /// Gives up on an executor.
    /// - Invariant: E3
    mutating func lose(_ executor: ExecutorID, _ reason: String, isFault: Bool, at now: Instant) {
        // Also an executor whose exit is reported before it registers.
        retired.insert(executor)
        guard executors.removeValue(forKey: executor) != nil else { return }
        monitor.forget(executor)
        if !blockRemovals.isEmpty {
            for entry in scheduler.attempts.all(on: executor) { settleRemovals(entry.attempt.id) }
        }
        send(executor, .stop(reason: reason))
        actions.append(.dismiss(executor, reason: reason))
        sendAll(.executors(addresses))
        schedule(.executorLost(executor, reason: reason, isFault: isFault), at: now)
    }

    mutating func tick(at now: Instant) {
        for executor in monitor.expired(at: now) {
            lose(executor, "nothing was heard of it for \(limits.heartbeatTimeout)", isFault: true, at: now)
        }
        for executor in executors.keys.sorted() {
            guard let since = executors[executor]?.disconnectedAt, now - since > limits.reconnectTimeout else { continue }
            lose(executor, "it had no connection for \(limits.reconnectTimeout)", isFault: true, at: now)
        }
        schedule(.tick, at: now)
        lookForStalls(at: now)
    }

    mutating func stop(_ reason: String, at now: Instant) {
        isStopping = true
        for job in scheduler.jobs.keys.sorted() { schedule(.jobCancelled(job, reason: reason), at: now) }
        sendAll(.stop(reason: reason))
    }

    private mutating func end(_ report: AttemptReport, on executor: ExecutorID, at now: Instant) {
        guard let launch = scheduler.attempts[report.task, number: report.number]?.launch,
            launch.attempt.executor == executor
        else {
            ignoredMessageCount += 1
            return
        }
        let outcome = checked(report.outcome, of: launch)
        actions.append(.ended(launch.attempt, outcome))
        applyBlockUpdates(report, on: executor, at: now)
        switch outcome {
        case .result: schedule(.taskSucceeded(launch.attempt), at: now)
        case .mapOutput(let output): schedule(.taskSucceeded(launch.attempt), output: (launch.output, output), at: now)
        case .failed(let failure): schedule(.taskFailed(launch.attempt, failure), at: now)
        }
        if !scheduler.isRunning(launch.program.job) { forgetPrograms(of: executor) { $0 == launch.program } }
    }

    /// The reported outcome if it fits the launch, otherwise a failure.
    private func checked(_ outcome: AttemptOutcome, of launch: TaskLaunch) -> AttemptOutcome {
        switch (outcome, launch.output) {
        case (.failed(.missingShuffleOutput(_, maps: [], _)), _):
            .failed(.error("its executor reported that no output is missing, as the cause"))
        case (.failed(.missingShuffleOutput(let shuffle, let maps, let cause?)), _):
            // A task that reads a file of its own host does not know which executor holds it.
            .failed(
                .missingShuffleOutput(
                    shuffle, maps: maps, cause: cause.held(by: scheduler.mapOutputs.holder(of: cause.map, of: shuffle))))
        case (.failed, _), (.result, .result), (.mapOutput, .shuffle): outcome
        case (.mapOutput, .result): .failed(.error("its executor reported a map output of a task that has a result"))
        case (.result, .shuffle): .failed(.error("its executor reported no map output"))
        }
    }
}

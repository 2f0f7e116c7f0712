import MartletCore

// The end of the application.
extension DriverCore {
    /// How far the end is.
    enum Stopping: Equatable, Sendable {
        case no

        /// Executors were told to stop. Those that have not ended at `deadline` are killed.
        case told(deadline: Instant)

        /// All processes were killed. Their ends are not waited for after `deadline`.
        case killed(deadline: Instant)

        case over
    }

    /// Cancels all jobs, and has all executors end.
    mutating func stop(_ reason: String, at now: Instant) {
        guard stopping == .no else { return }
        stopping = .told(deadline: now + limits.stopPatience)
        for job in scheduler.jobs.keys.sorted() { schedule(.jobCancelled(job, reason: reason), at: now) }
        fleet.end(reason)
        actions.append(.stopping)
        sendAll(.stop(reason: reason))
        // Processes that have only begun would not receive it.
        for executor in fleet.processes where !isRegistered(executor) { lose(executor, reason, isFault: false, at: now) }
    }

    /// Goes on with the end, once all processes have ended or a deadline is over.
    /// - Invariant: E8
    mutating func lookForTheEnd(at now: Instant) {
        switch stopping {
        case .no, .over: return
        case .told(let deadline):
            if awaited.isEmpty { break }
            if now < deadline { return }
            stopping = .killed(deadline: now + limits.killPatience)
            for executor in awaited { lose(executor, fleet.endReason ?? "", isFault: false, at: now) }
            return
        case .killed(let deadline):
            if !awaited.isEmpty, now < deadline { return }
        }
        stopping = .over
        actions.append(.stopped)
    }

    /// The executors whose ends the driver waits for. A master ends the processes of an application that has ended, so the driver
    /// need not see them end.
    private var awaited: [ExecutorID] { fleet.isGranted ? fleet.registered : fleet.processes }
}

package import MartletCore

extension DriverCore {
    /// Why work is stalled.
    package enum Notice: Hashable, Sendable {
        /// The job has tasks to run, and there is no executor; with the reason that is known.
        case noExecutor(JobID, cause: String?)
        /// The job waits for more slots.
        case tooFewSlots(JobID, slots: Int, wanted: Int)
        /// The wait for more slots is over.
        case startsWithFewerSlots(slots: Int, wanted: Int)
        /// The function that the attempt runs has not returned since it was cancelled, and keeps a slot.
        case notReturned(TaskAttempt, after: Duration)
        /// Executors cannot be started, or end before they are useful. Starts are retried, with growing pauses.
        case cannotStart(reason: String)
        /// Executors can be started again.
        case startsAgain
    }

    /// Reports stalls, and gives up on an executor whose slots are blocked by cancelled functions while jobs wait for slots.
    /// - Invariant: E5
    mutating func lookForStalls(at now: Instant) {
        if stopping != .no { return }
        if stalls.begunAt == nil { stalls.begunAt = now }
        if scheduler.isHeld, let begun = stalls.begunAt, now - begun >= limits.minSlotsWait {
            actions.append(.tell(.startsWithFewerSlots(slots: scheduler.slotCount, wanted: limits.minSlots)))
            schedule(.released, at: now)
        }
        tellJobsThatWait(at: now)
        for attempt in scheduler.attempts.takeOverdue(at: now, after: limits.patience) {
            actions.append(.tell(.notReturned(attempt, after: limits.patience)))
        }
        if let executor = executorToReplace(at: now) {
            let reason = "a cancelled function has not returned, and a job waits for its slot"
            lose(executor, reason, isFault: false, at: now)
        }
    }

    private mutating func tellJobsThatWait(at now: Instant) {
        guard !scheduler.jobs.isEmpty, fleet.registered.isEmpty || scheduler.isHeld else {
            stalls.endWait()
            return
        }
        guard stalls.hasWaited(at: now, for: limits.patience) else { return }
        for job in scheduler.jobs.keys.sorted() where stalls.isNew(job) {
            let notice: Notice =
                fleet.registered.isEmpty
                ? .noExecutor(job, cause: fleet.trouble) : .tooFewSlots(job, slots: scheduler.slotCount, wanted: limits.minSlots)
            actions.append(.tell(notice))
        }
    }

    /// An executor with overdue functions: at once if it runs nothing else, otherwise after `replacementPatience`.
    private func executorToReplace(at now: Instant) -> ExecutorID? {
        if !scheduler.attempts.hasStopped { return nil }
        let isSaturated = scheduler.isSaturated
        for executor in fleet.processes where isRegistered(executor) {
            let attempts = scheduler.attempts.all(on: executor)
            let overdue = attempts.filter(\.isOverdue)
            guard let first = overdue.compactMap(\.stoppedAt).min(), let slots = scheduler.executors[executor]?.slots
            else { continue }
            let isWanted = isSaturated || attempts.count > slots || attempts.contains(where: \.isKilled)
            let isAlone = overdue.count >= slots || attempts.allSatisfy { $0.stoppedAt != nil }
            if isWanted, isAlone || now - first >= limits.replacementPatience { return executor }
        }
        return nil
    }
}

/// Tracks since when jobs wait for executors, and which of them have been told so.
struct StallWatch: Sendable {
    /// When the watch began.
    var begunAt: Instant?
    private var waitsSince: Instant?
    private var toldJobs: Set<JobID> = []

    /// Whether jobs have waited for `patience`; called repeatedly while they wait.
    mutating func hasWaited(at now: Instant, for patience: Duration) -> Bool {
        let since = waitsSince ?? now
        waitsSince = since
        return now - since >= patience
    }

    mutating func isNew(_ job: JobID) -> Bool { toldJobs.insert(job).inserted }

    mutating func endWait() {
        waitsSince = nil
        toldJobs = []
    }
}

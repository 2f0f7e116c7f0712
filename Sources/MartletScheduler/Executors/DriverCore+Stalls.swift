package import MartletCore

extension DriverCore {
    /// Why work is stalled.
    package enum Notice: Hashable, Sendable {
        /// The job has tasks to run, and there is no executor.
        case noExecutor(JobID)
        /// The job waits for more slots.
        case tooFewSlots(JobID, slots: Int, wanted: Int)
        /// The wait for more slots is over.
        case startsWithFewerSlots(slots: Int, wanted: Int)
        /// The function that the attempt runs has not returned since it was cancelled, and keeps a slot.
        case notReturned(TaskAttempt, after: Duration)
    }

    /// Reports stalls, and gives up on an executor whose slots are blocked by cancelled functions while jobs wait for slots.
    /// - Invariant: E5
    mutating func lookForStalls(at now: Instant) {
        if isStopping { return }
        if stalls.begunAt == nil { stalls.begunAt = now }
        if scheduler.isHeld, let begun = stalls.begunAt, now - begun >= limits.minSlotsWait {
            actions.append(.tell(.startsWithFewerSlots(slots: scheduler.slotCount, wanted: limits.minSlots)))
            schedule(.released, at: now)
        }
        tellJobsThatWait(at: now)
        for task in stalls.takeOverdue(at: now, after: limits.patience) {
            guard let launch = launched[task] else { continue }
            actions.append(.tell(.notReturned(launch.attempt, after: limits.patience)))
        }
        if let executor = executorToReplace(at: now) {
            let reason = "a cancelled function has not returned, and a job waits for its slot"
            lose(executor, reason, isFault: false, at: now)
        }
    }

    private mutating func tellJobsThatWait(at now: Instant) {
        guard !scheduler.jobs.isEmpty, executors.isEmpty || scheduler.isHeld else {
            stalls.endWait()
            return
        }
        guard stalls.hasWaited(at: now, for: limits.patience) else { return }
        for job in scheduler.jobs.keys.sorted() where stalls.isNew(job) {
            let notice: Notice =
                executors.isEmpty
                ? .noExecutor(job) : .tooFewSlots(job, slots: scheduler.slotCount, wanted: limits.minSlots)
            actions.append(.tell(notice))
        }
    }

    /// An executor with overdue functions: at once if it runs nothing else, otherwise after `replacementPatience`.
    private func executorToReplace(at now: Instant) -> ExecutorID? {
        if stalls.overdue.isEmpty { return nil }
        let isSaturated = scheduler.isSaturated
        for executor in executors.keys.sorted() {
            let attempts = launched.values.filter { $0.attempt.executor == executor }.map(\.attempt.id)
            let since = attempts.compactMap { stalls.overdue[$0] }
            guard let first = since.min(), let slots = scheduler.executors[executor]?.slots else { continue }
            let isWanted = isSaturated || attempts.count > slots || attempts.contains(where: stalls.isKilled)
            let isAlone = since.count >= slots || attempts.allSatisfy(stalls.isCancelled)
            if isWanted, isAlone || now - first >= limits.replacementPatience { return executor }
        }
        return nil
    }
}

/// Tracks since when work is stalled, and which stalls have been reported.
struct StallWatch: Sendable {
    /// When the watch began.
    var begunAt: Instant?
    private var waitsSince: Instant?
    private var toldJobs: Set<JobID> = []
    /// When the cancelled attempts that have not ended were cancelled.
    private var cancelledAt: [TaskID: Instant] = [:]
    /// The cancelled attempts that were killed while their jobs went on.
    private var killed: Set<TaskID> = []
    /// The cancelled attempts that have been reported as overdue, and when each was cancelled.
    private(set) var overdue: [TaskID: Instant] = [:]

    /// - Parameter isKilled: whether its job goes on, and waits for the next attempt.
    mutating func cancelled(_ task: TaskID, isKilled: Bool = false, at now: Instant) {
        if cancelledAt[task] == nil { cancelledAt[task] = now }
        if isKilled { killed.insert(task) }
    }

    /// Whether a job waits for the attempt's end.
    func isKilled(_ task: TaskID) -> Bool { killed.contains(task) }

    func isCancelled(_ task: TaskID) -> Bool { cancelledAt[task] != nil }

    mutating func ended(_ task: TaskID) {
        if cancelledAt.isEmpty { return }
        cancelledAt[task] = nil
        overdue[task] = nil
        killed.remove(task)
    }

    /// The attempts to report now, in the order of their ids.
    mutating func takeOverdue(at now: Instant, after patience: Duration) -> [TaskID] {
        if cancelledAt.isEmpty { return [] }
        let late = cancelledAt.filter { overdue[$0.key] == nil && now - $0.value >= patience }
        overdue.merge(late) { first, _ in first }
        return late.keys.sorted()
    }

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

package import MartletCore

/// The attempts that were launched and not reported yet.
///
/// The driver's only table of attempts: all that it knows of one is here. An attempt has a number, by which it is found without
/// a search, from its launch until its report or the loss of its executor.
/// - Invariant: S1
package struct AttemptTable: Sendable {
    /// One attempt.
    package struct Entry: Hashable, Sendable {
        package let launch: TaskLaunch
        package let launchedAt: Instant

        /// Whether no task needs it any more, so that it is also told to stop: its report frees its room, and has no other effect.
        var isOrphaned = false

        /// When it was first told to stop, which is what *cancelled* means; nil if it was not.
        fileprivate(set) var stoppedAt: Instant?

        /// Whether it was killed while its job goes on: it is cancelled and not orphaned, and the job waits for the next attempt.
        fileprivate(set) var isKilled = false

        /// Whether it has been reported that its function does not return.
        fileprivate(set) var isOverdue = false

        package var attempt: TaskAttempt { launch.attempt }
    }

    /// Number of attempts that run, or wait on their executor.
    private(set) var count = 0

    /// Number of those that were told to stop.
    private var stoppedCount = 0

    /// By their numbers.
    private var entries: [Entry?] = []

    /// The unused numbers, the next to use last.
    private var free: [Int] = []

    /// The number that the next attempt gets.
    var nextNumber: Int { free.last ?? entries.count }

    /// Adds an attempt under its number, which is `nextNumber`.
    mutating func insert(_ launch: TaskLaunch, at now: Instant) {
        let number = launch.attempt.number
        precondition(number == nextNumber, "number \(number) is not the next free one")
        if free.popLast() == nil { entries.append(nil) }
        entries[number] = Entry(launch: launch, launchedAt: now)
        count += 1
    }

    /// A running attempt; nil if it was reported before.
    subscript(task: TaskID, number number: Int) -> Entry? {
        guard entries.indices.contains(number), let entry = entries[number], entry.attempt.id == task else { return nil }
        return entry
    }

    /// A running attempt.
    /// - Complexity: O(attempts)
    func entry(of task: TaskID) -> Entry? { entries.first { $0?.attempt.id == task } ?? nil }

    /// Removes an attempt; nil if it was reported before.
    mutating func remove(_ attempt: TaskAttempt) -> Entry? {
        guard let entry = self[attempt.id, number: attempt.number] else { return nil }
        entries[attempt.number] = nil
        free.append(attempt.number)
        count -= 1
        if entry.stoppedAt != nil { stoppedCount -= 1 }
        return entry
    }

    /// Removes the attempts of an executor, and returns them in the order of their launch.
    /// - Complexity: O(attempts)
    mutating func removeAll(of executor: ExecutorID) -> [Entry] {
        let removed = all(on: executor)
        for entry in removed { _ = remove(entry.attempt) }
        return removed
    }

    /// Marks attempts as orphaned, and returns those that were not yet, by number.
    /// - Complexity: O(attempts)
    mutating func orphan(where isMeant: (TaskAttempt) -> Bool) -> [TaskAttempt] {
        var orphaned: [TaskAttempt] = []
        for number in entries.indices {
            guard let entry = entries[number], !entry.isOrphaned, isMeant(entry.attempt) else { continue }
            entries[number]?.isOrphaned = true
            orphaned.append(entry.attempt)
        }
        return orphaned
    }

    /// Notes that an attempt is told to stop.
    /// - Parameter isKilled: whether its job goes on
    mutating func stop(_ attempt: TaskAttempt, isKilled: Bool = false, at now: Instant) {
        guard let entry = self[attempt.id, number: attempt.number] else { return }
        if entry.stoppedAt == nil {
            stoppedCount += 1
            entries[attempt.number]?.stoppedAt = now
        }
        if isKilled { entries[attempt.number]?.isKilled = true }
    }

    /// The attempts that were told to stop at least `patience` ago, each returned once, in the order of their launch.
    mutating func takeOverdue(at now: Instant, after patience: Duration) -> [TaskAttempt] {
        if stoppedCount == 0 { return [] }
        var overdue: [TaskAttempt] = []
        for number in entries.indices {
            guard let entry = entries[number], let stopped = entry.stoppedAt, !entry.isOverdue, now - stopped >= patience
            else { continue }
            entries[number]?.isOverdue = true
            overdue.append(entry.attempt)
        }
        return overdue.sorted { $0.id < $1.id }
    }

    /// Whether attempts are running that were told to stop.
    var hasStopped: Bool { stoppedCount > 0 }

    /// All attempts, by number.
    package var all: [Entry] { entries.compactMap { $0 } }

    /// The attempts that an executor has, in the order of their launch.
    /// - Complexity: O(attempts)
    func all(on executor: ExecutorID) -> [Entry] {
        all.filter { $0.attempt.executor == executor }.sorted { $0.attempt.id < $1.attempt.id }
    }

    /// Whether an executor has attempts that need a program.
    /// - Complexity: O(attempts)
    func uses(_ program: ProgramKey, on executor: ExecutorID) -> Bool {
        entries.contains { $0.map { $0.attempt.executor == executor && $0.launch.program == program } ?? false }
    }
}

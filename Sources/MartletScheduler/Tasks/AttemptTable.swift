import MartletCore

/// Which attempt holds which slot. An attempt holds its slot from its launch to its report, or to the end of its executor.
/// - Invariant: S1
struct AttemptTable: Sendable {
    /// An attempt that was launched and not reported yet.
    struct Occupant: Sendable {
        let attempt: TaskAttempt

        /// Whether its stage is gone, so that its report frees the slot and has no other effect.
        var isCancelled = false
    }

    /// Number of attempts that run, or wait on their executor.
    private(set) var occupiedCount = 0

    /// One place per slot that was ever used.
    private var occupants: [Occupant?] = []

    /// The unoccupied places, the next to use last.
    private var free: [Int] = []

    /// The slot that the next attempt gets.
    var next: Int { free.last ?? occupants.count }

    /// Puts an attempt into the slot it names, which is `next`.
    mutating func occupy(_ attempt: TaskAttempt) {
        precondition(attempt.slot == next, "slot \(attempt.slot) is not the next free one")
        if free.popLast() == nil { occupants.append(nil) }
        occupants[attempt.slot] = Occupant(attempt: attempt)
        occupiedCount += 1
    }

    /// Releases the slot of an attempt; nil when the attempt does not run, as it was reported before.
    mutating func release(_ attempt: TaskAttempt) -> Occupant? {
        guard occupants.indices.contains(attempt.slot), let occupant = occupants[attempt.slot],
            occupant.attempt.id == attempt.id
        else { return nil }
        occupants[attempt.slot] = nil
        free.append(attempt.slot)
        occupiedCount -= 1
        return occupant
    }

    /// Releases the slots of an executor's attempts, and returns the attempts in the order of their launch.
    /// - Complexity: O(slots)
    mutating func releaseAll(of executor: ExecutorID) -> [Occupant] {
        let ended = running.filter { $0.attempt.executor == executor }.sorted { $0.attempt.id < $1.attempt.id }
        for occupant in ended { _ = release(occupant.attempt) }
        return ended
    }

    /// Marks the running attempts of the given stages as cancelled and returns them, by slot.
    /// - Complexity: O(slots)
    mutating func cancel(where isOfStage: (StageID) -> Bool) -> [TaskAttempt] {
        var cancelled: [TaskAttempt] = []
        for slot in occupants.indices {
            guard let occupant = occupants[slot], !occupant.isCancelled, isOfStage(occupant.attempt.stage)
            else { continue }
            occupants[slot] = Occupant(attempt: occupant.attempt, isCancelled: true)
            cancelled.append(occupant.attempt)
        }
        return cancelled
    }

    /// All running attempts, by slot.
    var running: [Occupant] { occupants.compactMap { $0 } }
}

import MartletCore

/// Which attempt runs in which slot. An attempt holds its slot from its launch to its report.
/// - Invariant: S1
struct SlotTable: Sendable {
    /// An attempt that was launched and not reported yet.
    struct Occupant: Sendable {
        let attempt: TaskAttempt

        /// Whether its stage is gone, so that its report frees the slot and says nothing else.
        var isCancelled = false
    }

    /// Number of slots.
    let capacity: Int

    /// Number of attempts that run.
    private(set) var occupiedCount = 0

    /// One place per slot that was ever used.
    private var occupants: [Occupant?] = []

    /// The unoccupied places, the next to use last.
    private var free: [Int] = []

    init(capacity: Int) { self.capacity = capacity }

    /// Whether nothing more can be launched.
    var isFull: Bool { occupiedCount == capacity }

    /// The slot that the next attempt gets. There is one: the table is not full.
    var next: Int { free.last ?? occupants.count }

    /// Puts an attempt into the slot it names, which is `next`.
    mutating func occupy(_ attempt: TaskAttempt) {
        precondition(
            !isFull && attempt.slot == next, "slot \(attempt.slot) of \(capacity) is not the next free one")
        if free.popLast() == nil { occupants.append(nil) }
        occupants[attempt.slot] = Occupant(attempt: attempt)
        occupiedCount += 1
    }

    /// Takes an attempt out of its slot; nil when it does not run, as it was reported before.
    mutating func release(_ attempt: TaskAttempt) -> Occupant? {
        guard occupants.indices.contains(attempt.slot), let occupant = occupants[attempt.slot],
            occupant.attempt.id == attempt.id
        else { return nil }
        occupants[attempt.slot] = nil
        free.append(attempt.slot)
        occupiedCount -= 1
        return occupant
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

    /// All that run, by slot.
    var running: [Occupant] { occupants.compactMap { $0 } }
}

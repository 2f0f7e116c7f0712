import MartletCore

/// The registered executors, the room that each has, and the executors to offer to the stages.
///
/// Only an executor whose room or whose chances have changed is offered, so that the report of a task costs the same with one
/// executor and with a thousand.
struct ExecutorTable: Sendable {
    /// One executor.
    struct Entry: Sendable {
        let host: String

        /// How many attempts it runs at once, and how many more may wait there.
        let slots, queue: Int

        /// How many attempts it has.
        var occupied = 0
    }

    private var entries: [ExecutorID: Entry] = [:]

    /// All of them, in the order of their ids.
    private(set) var ids: [ExecutorID] = []

    /// Number of slots of all of them.
    private(set) var slotCount = 0

    /// The executors to offer; meaningless when all are.
    private var offered: [ExecutorID] = []
    private var areAllOffered = false

    /// The executor that got the last attempt: if several have room, the one after it gets the next attempt.
    private var last = ExecutorID(-1)

    /// Whether no executor has a free slot.
    /// - Complexity: O(executors)
    var areFull: Bool { entries.values.allSatisfy { $0.occupied >= $0.slots } }

    /// Number of executors.
    var count: Int { ids.count }

    subscript(id: ExecutorID) -> Entry? { entries[id] }

    /// Adds an executor; returns false when there is one of that id.
    mutating func add(_ id: ExecutorID, _ entry: Entry) -> Bool {
        guard entries[id] == nil else { return false }
        entries[id] = entry
        ids.insert(id, at: place(of: id))
        slotCount += entry.slots
        offer(id)
        return true
    }

    /// Removes an executor; nil when there is none of that id.
    mutating func remove(_ id: ExecutorID) -> Entry? {
        guard let entry = entries.removeValue(forKey: id) else { return nil }
        ids.remove(at: place(of: id))
        slotCount -= entry.slots
        offerAll()
        return entry
    }

    /// An executor got an attempt.
    mutating func occupy(_ id: ExecutorID) {
        entries[id]?.occupied += 1
        last = id
    }

    /// An attempt of an executor has ended.
    mutating func release(_ id: ExecutorID) {
        entries[id]?.occupied -= 1
        offer(id)
    }

    /// Offers one executor, for which a task may exist now.
    mutating func offer(_ id: ExecutorID) { if !areAllOffered { offered.append(id) } }

    /// Offers every executor, as a task may exist for each now.
    mutating func offerAll() {
        areAllOffered = true
        offered.removeAll(keepingCapacity: true)
    }

    /// Withdraws all offers, as there are no tasks; all executors are offered once there are.
    mutating func withdrawOffers() {
        areAllOffered = false
        offered.removeAll(keepingCapacity: true)
    }

    /// Room on an executor, if there is any: a free slot, or a place to wait behind the attempts in its slots.
    func offer(of id: ExecutorID, isAhead: Bool) -> ExecutorOffer? {
        guard let entry = entries[id], isAhead == (entry.occupied >= entry.slots),
            entry.occupied < entry.slots + (isAhead ? entry.queue : 0)
        else { return nil }
        return ExecutorOffer(
            executor: id, isAhead: isAhead, waiting: max(0, entry.occupied - entry.slots), executorCount: ids.count)
    }

    /// The executors to offer since the last time, in turn.
    mutating func takeOffers() -> [ExecutorID] {
        var taken: [ExecutorID] = []
        if areAllOffered {
            areAllOffered = false
            let first = place(of: ExecutorID(last.rawValue + 1))
            taken.reserveCapacity(ids.count * 2)
            taken += ids[first...]
            taken += ids[..<first]
        } else {
            swap(&taken, &offered)
        }
        return taken
    }

    private func place(of id: ExecutorID) -> Int {
        var (low, high) = (0, ids.count)
        while low < high {
            let middle = (low + high) / 2
            if ids[middle] < id { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

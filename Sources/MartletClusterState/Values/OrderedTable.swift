/// A dictionary whose keys have an order: that in which they were added. Values stay where they are, so that a walk copies none.
struct OrderedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var slots: [Value?] = []
    private var freeSlots: [Int] = []
    private var index: [Key: (slot: Int, number: Int)] = [:]

    /// The keys, and the growing number of each.
    private var order: [(number: Int, slot: Int, key: Key)] = []

    var count: Int { index.count }
    var isEmpty: Bool { index.isEmpty }
    var keys: [Key] { order.map(\.key) }

    /// The value of a key that is there; assigning never adds or removes one.
    subscript(key: Key) -> Value? {
        get { index[key].flatMap { slots[$0.slot] } }
        _modify {
            if let slot = index[key]?.slot {
                yield &slots[slot]
                precondition(slots[slot] != nil, "remove by name")
            } else {
                var none: Value?
                yield &none
                precondition(none == nil, "add by name")
            }
        }
    }

    func contains(_ key: Key) -> Bool { index[key] != nil }

    /// What is made of each value, in order.
    func map<Result>(_ transform: (Key, borrowing Value) -> Result) -> [Result] {
        var results: [Result] = []
        results.reserveCapacity(order.count)
        for entry in order where slots[entry.slot] != nil { results.append(transform(entry.key, slots[entry.slot]!)) }
        return results
    }

    /// Puts a new key behind all others.
    mutating func add(_ key: Key, _ value: Value) {
        precondition(index[key] == nil, "\(key) is there twice")
        let number = (order.last?.number ?? 0) + 1
        let slot = freeSlots.popLast() ?? slots.count
        if slot == slots.count { slots.append(value) } else { slots[slot] = value }
        index[key] = (slot, number)
        order.append((number, slot, key))
    }

    /// - Complexity: O(log n), and moving what stands behind it
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let (slot, number) = index.removeValue(forKey: key) else { return nil }
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle].number < number { low = middle + 1 } else { high = middle }
        }
        order.remove(at: low)
        freeSlots.append(slot)
        defer { slots[slot] = nil }
        return slots[slot]
    }
}

/// A dictionary whose keys have an order: that in which they were added.
struct OrderedTable<Key: Hashable & Sendable, Value: Sendable>: Sendable {
    private var values: [Key: Value] = [:]
    private var numbers: [Key: Int] = [:]

    /// The keys, and the growing number of each.
    private var order: [(number: Int, key: Key)] = []

    var count: Int { values.count }
    var isEmpty: Bool { values.isEmpty }
    var keys: [Key] { order.map(\.key) }

    /// The value of a key that is there; assigning never adds or removes one.
    subscript(key: Key) -> Value? {
        get { values[key] }
        _modify {
            let wasThere = values[key] != nil
            yield &values[key]
            precondition((values[key] != nil) == wasThere, "add and remove by name")
        }
    }

    func contains(_ key: Key) -> Bool { values[key] != nil }

    /// Puts a new key behind all others.
    mutating func add(_ key: Key, _ value: Value) {
        precondition(values.updateValue(value, forKey: key) == nil, "\(key) is there twice")
        let number = (order.last?.number ?? 0) + 1
        numbers[key] = number
        order.append((number, key))
    }

    /// - Complexity: O(log n), and moving what stands behind it
    @discardableResult
    mutating func remove(_ key: Key) -> Value? {
        guard let number = numbers.removeValue(forKey: key) else { return nil }
        var (low, high) = (0, order.count)
        while low < high {
            let middle = (low + high) / 2
            if order[middle].number < number { low = middle + 1 } else { high = middle }
        }
        order.remove(at: low)
        return values.removeValue(forKey: key)
    }
}

/// The most frequent items of a sequence that is read once; parts can be merged.
///
///     var words = FrequentItems<String>(counters: 2)
///     for word in ["a", "b", "a", "c", "a"] { words.add(word) }
///     words.top(1).map { $0.item }   // ["a"]
///
/// The number of counters is fixed. Each item's true count lies between its `lowerCount` and `upperCount`, which differ by
/// at most `errorBound`: the number of all items divided by one more than the number of counters. An item that occurs more
/// often than that certainly has a counter. Nothing is random.
///
/// - Complexity: O(1) for each item on average; memory for `counterCount` items.
/// - Source: Misra and Gries, "Finding repeated elements" (1982); the merge is that of Agarwal et al., "Mergeable
///   summaries" (2012).
public struct FrequentItems<Item: Hashable & Sendable>: Sendable {
    @usableFromInline
    @frozen
    struct Counter: Sendable {
        @usableFromInline let item: Item
        @usableFromInline var count: Int
        /// The number of items before its first occurrence: of equally frequent items, the earlier one comes first.
        @usableFromInline let firstSeen: Int

        @inlinable
        init(_ item: Item, count: Int, firstSeen: Int) {
            self.item = item
            self.count = count
            self.firstSeen = firstSeen
        }
    }

    /// - Invariant: every count is positive, and there are at most `counterCount`. An item's true count is at least
    ///   its counter, or 0, and at most that plus `missed`.
    @usableFromInline var counters: [Counter] = []
    /// The index of an item's counter.
    @usableFromInline var positions: [Item: Int] = [:]
    @usableFromInline var missed = 0
    @usableFromInline var itemCount = 0
    /// The largest number of items that have a counter at the same time.
    public let counterCount: Int

    /// - Parameter counters: at least 1.
    public init(counters: Int) {
        precondition(counters > 0, "there must be at least 1 counter, not \(counters)")
        counterCount = counters
    }

    /// The number of items added.
    public var count: Int { itemCount }
    /// The largest possible error of a count: `count / (counterCount + 1)`, rounded down.
    public var errorBound: Int { counterCount < itemCount ? itemCount / (counterCount + 1) : 0 }
    /// The actual bound on the error of the counts: never more than `errorBound`.
    public var error: Int { missed }

    /// Counts one item.
    @inlinable
    public mutating func add(_ item: Item) {
        itemCount &+= 1
        if let position = positions[item] {
            counters[position].count &+= 1
        } else if counters.count < counterCount {
            append(Counter(item, count: 1, firstSeen: itemCount))
        } else {
            decrement(by: 1)
        }
    }

    @inlinable
    mutating func append(_ counter: Counter) {
        positions[counter.item] = counters.count
        counters.append(counter)
    }

    /// Subtracts `amount` from every counter, and drops counters that reach 0.
    @inlinable
    mutating func decrement(by amount: Int) {
        missed += amount
        for position in counters.indices { counters[position].count -= amount }
        if counters.allSatisfy({ $0.count > 0 }) { return }
        counters.removeAll { $0.count <= 0 }
        positions.removeAll(keepingCapacity: true)
        for (position, counter) in counters.enumerated() { positions[counter.item] = position }
    }

    /// Adds the items of another part, in order after the items of this one.
    ///
    ///     var (left, right) = (FrequentItems<Int>(counters: 4), FrequentItems<Int>(counters: 4))
    ///     left.add(1)
    ///     right.add(1)
    ///     left.merge(right)
    ///     left.bounds(of: 1)   // 2...2
    @inlinable
    public mutating func merge(_ other: FrequentItems) {
        precondition(other.counterCount == counterCount, "the parts have different numbers of counters")
        for theirs in other.counters {
            if let position = positions[theirs.item] {
                counters[position].count += theirs.count
            } else {
                append(Counter(theirs.item, count: theirs.count, firstSeen: theirs.firstSeen + itemCount))
            }
        }
        itemCount += other.itemCount
        missed += other.missed
        if counters.count > counterCount {
            decrement(by: counters.map(\.count).sorted(by: >)[counterCount])
        }
    }
}

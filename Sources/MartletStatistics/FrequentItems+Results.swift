/// An item with bounds on how often it occurs.
///
///     var letters = FrequentItems<Character>(counters: 8)
///     for letter in "abracadabra" { letters.add(letter) }
///     letters.top(1).map { $0.lowerCount }   // [5]
public struct FrequentItem<Item: Hashable & Sendable>: Sendable, Hashable, CustomStringConvertible {
    /// The item.
    public let item: Item
    /// The smallest possible count of the item.
    public let lowerCount: Int
    /// The largest possible count of the item.
    public let upperCount: Int

    /// The item and its count, or its bounds.
    public var description: String {
        lowerCount == upperCount ? "\(item): \(lowerCount)" : "\(item): \(lowerCount)...\(upperCount)"
    }
}

extension FrequentItems {
    /// The `count` most frequent items by their lower counts, most frequent first; equally frequent ones in order of
    /// arrival.
    ///
    ///     var letters = FrequentItems<Character>(counters: 9)
    ///     for letter in "to be or not to be" { letters.add(letter) }
    ///     letters.top(3)   // [ : 5, o: 4, t: 3]
    public func top(_ count: Int) -> [FrequentItem<Item>] {
        counters.sorted { left, right in
            left.count == right.count ? left.firstSeen < right.firstSeen : left.count > right.count
        }.prefix(Swift.max(0, count)).map { counter in
            FrequentItem(item: counter.item, lowerCount: counter.count, upperCount: counter.count + missed)
        }
    }

    /// All items with a counter, most frequent first.
    public var items: [FrequentItem<Item>] { top(counters.count) }

    /// The bounds on how often `item` occurs; 0 and `error` for an item without a counter.
    ///
    ///     var letters = FrequentItems<Character>(counters: 9)
    ///     for letter in "to be" { letters.add(letter) }
    ///     letters.bounds(of: "b")   // 1...1
    public func bounds(of item: Item) -> ClosedRange<Int> {
        let lower = positions[item].map { counters[$0].count } ?? 0
        return lower...lower + missed
    }
}

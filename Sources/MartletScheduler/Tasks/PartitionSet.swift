/// A set of the partitions 0 ..< capacity: one bit each, and the number of members at hand.
struct PartitionSet: Sendable, Equatable {
    /// Number of partitions that could be members.
    let capacity: Int

    /// Number of members.
    private(set) var count = 0

    private var words: [UInt64]

    /// Makes an empty set.
    init(capacity: Int) {
        self.capacity = capacity
        words = Array(repeating: 0, count: (capacity + 63) / 64)
    }

    /// Whether every partition is a member.
    var isFull: Bool { count == capacity }

    /// Whether a partition is a member.
    func contains(_ partition: Int) -> Bool {
        words[partition >> 6] & (1 << UInt64(partition & 63)) != 0
    }

    /// Adds a partition; returns whether it is new.
    @discardableResult
    mutating func insert(_ partition: Int) -> Bool {
        let bit: UInt64 = 1 << UInt64(partition & 63)
        if words[partition >> 6] & bit != 0 { return false }
        words[partition >> 6] |= bit
        count += 1
        return true
    }

    /// Removes a partition; returns whether it was a member.
    @discardableResult
    mutating func remove(_ partition: Int) -> Bool {
        let bit: UInt64 = 1 << UInt64(partition & 63)
        if words[partition >> 6] & bit == 0 { return false }
        words[partition >> 6] &= ~bit
        count -= 1
        return true
    }

    /// The first partition from `start` on that is in neither set.
    /// - Parameter other: a set of the same capacity
    /// - Complexity: O(1) for each 64 partitions passed
    func firstAbsent(from start: Int, alsoFrom other: PartitionSet) -> Int? {
        var index = start >> 6
        guard index < words.count else { return nil }
        var absent = ~words[index] & ~other.words[index] & (~0 << UInt64(start & 63))
        while absent == 0 {
            index += 1
            guard index < words.count else { return nil }
            absent = ~words[index] & ~other.words[index]
        }
        let partition = index << 6 + absent.trailingZeroBitCount
        return partition < capacity ? partition : nil
    }
}

import MartletBlocks

// Emits the keys of a table in the order of their ranks.
extension CombineTable {
    /// The entries at the end of a table whose last cluster runs over to the start, in order.
    @usableFromInline
    final class LastEntries {
        @usableFromInline let entries: [Slot]
        @usableFromInline var next = 0
        init(_ entries: [Slot]) { self.entries = entries }
    }

    /// Removes the cluster that runs over the end, so that every remaining entry lies at or behind its probe's start.
    @usableFromInline
    func unwrap() {
        guard Self.hash(slots, mask) != 0, Self.hash(slots, 0) != 0 else { return }
        var first = mask
        while first > 0, Self.hash(slots, first - 1) != 0 { first -= 1 }
        var entries: [Slot] = []
        func take(_ index: Int) {
            entries.append((slots + index).move())
            Self.setHash(slots, index, 0)
        }
        for index in first...mask { take(index) }
        var index = 0
        while Self.hash(slots, index) != 0 {
            let start = Self.start(Self.hash(slots, index), droppedBits, shift)
            // The remaining entries move up into the freed slots: a probe finds an entry from its start on.
            if start > index { take(index) } else { moveUp(index, notBefore: start) }
            index += 1
        }
        let order = entries.indices.sorted { left, right in
            let (one, other) = (Self.rank(of: entries[left].hash), Self.rank(of: entries[right].hash))
            return one != other ? one < other : left < right
        }
        wrapped = LastEntries(order.map { entries[$0] })
    }

    /// Moves an entry to the first free slot from `start` on, if there is one before its own.
    private func moveUp(_ index: Int, notBefore start: Int) {
        guard let free = (start..<index).first(where: { Self.hash(slots, $0) == 0 }) else { return }
        (slots + free).moveInitialize(from: slots + index, count: 1)
        Self.setHash(slots, index, 0)
    }

    /// Moves the cluster's entry with the lowest rank to its front, before the others.
    @inlinable @inline(__always)
    func bringForward(_ index: Int) {
        let rank = Self.rank(of: Self.hash(slots, index))
        var (best, bestRank) = (index, rank)
        var other = index &+ 1
        // An entry whose probe starts behind this slot has a higher rank than all entries that start before it.
        while other <= mask {
            let hash = Self.hash(slots, other)
            if hash == 0 { break }
            let otherRank = Self.rank(of: hash)
            if otherRank < bestRank { (best, bestRank) = (other, otherRank) }
            other &+= 1
        }
        if best != index { rotate(index, best) }
    }

    /// Moves an entry to an earlier slot, and the entries between by one.
    @inlinable @inline(never)
    func rotate(_ first: Int, _ last: Int) {
        let entry = (slots + last).move()
        (slots + first + 1).moveInitialize(from: slots + first, count: last - first)
        (slots + first).initialize(to: entry)
    }
}

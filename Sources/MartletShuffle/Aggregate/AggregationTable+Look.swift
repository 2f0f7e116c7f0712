import MartletPortable

// Inspects entries without their types, which only code in the user's module knows.
extension AggregationTable {
    /// An entry of the table, valid until the table changes.
    typealias Entry = (hash: UInt64, key: UnsafeRawPointer, value: UnsafeRawPointer)

    private var slotCount: Int { byteCount / slotBytes }

    private func entry(at index: Int) -> Entry? {
        let slot = UnsafeRawPointer(firstSlot + index * slotBytes)
        let hash = slot.load(as: UInt64.self)
        return hash == 0 ? nil : (hash, slot + keyOffset, slot + valueOffset)
    }

    /// The first entry that was added with a hash.
    func entry(_ hash: UInt64) -> Entry? {
        let mask = slotCount - 1
        var position = Int(truncatingIfNeeded: (hash &<< droppedBits) &>> UInt64(64 - slotCount.trailingZeroBitCount))
        while true {
            guard let entry = entry(at: position) else { return nil }
            if entry.hash == hash { return entry }
            position = (position &+ 1) & mask
        }
    }

    /// Samples entries across the table, at least one, if there is one. Goes once around it from a random start; each step
    /// leads to a random place, and from there to the next entry.
    ///
    /// - Parameter sample: the number of entries.
    func forSomeEntries(_ sample: Int, seed: UInt64, _ body: (Entry) -> Void) {
        var chance = HeapChance(seed: seed)
        let slotCount = slotCount
        // Small tables are visited completely.
        let step = count <= sample && slotCount <= 16 * sample ? 1 : max(1, slotCount / sample)
        let start = chance.next(below: slotCount)
        var offset = 0
        while offset < slotCount {
            guard let entry = entry(at: (start + offset) & (slotCount - 1)) else {
                offset += 1
                continue
            }
            body(entry)
            offset = max(offset + 1, (offset / step + 1) * step + chance.next(below: step))
        }
    }
}

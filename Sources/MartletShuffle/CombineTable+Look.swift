import MartletBlocks
import MartletPortable

// What an estimate of the table's memory looks at. It is not made for each type, since it is seldom asked.
extension CombineTable {
    /// - Returns: nil for a slot that is free.
    func entry(at index: Int) -> Entry? {
        guard let key = MemoryLayout<Slot>.offset(of: \.key), let value = MemoryLayout<Slot>.offset(of: \.value)
        else { return nil }
        let (hash, slot) = (Self.hash(slots, index), UnsafeRawPointer(slots + index))
        return hash == 0 ? nil : (hash, slot + key, slot + value)
    }

    /// Goes once around the table from anywhere. Each step leads to a place by chance, and from there to the next entry.
    func lookAround(_ sample: Int, _ chance: HeapChance, _ body: (Entry) -> Void) {
        var chance = chance
        let slotCount = mask + 1
        // Small tables are looked at whole.
        let step = count <= sample && slotCount <= 16 * sample ? 1 : max(1, slotCount / sample)
        let start = chance.next(below: slotCount)
        var offset = 0
        while offset < slotCount {
            guard let entry = entry(at: (start + offset) & mask) else {
                offset += 1
                continue
            }
            body(entry)
            offset = max(offset + 1, (offset / step + 1) * step + chance.next(below: step))
        }
    }
}

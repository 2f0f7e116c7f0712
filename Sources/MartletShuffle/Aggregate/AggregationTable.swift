/// The untyped part of an aggregation table.
open class AggregationTable {
    /// Distinct keys in the table.
    public internal(set) final var count = 0
    /// - Units: bytes of the slots, used or not.
    public internal(set) final var byteCount = 0
    /// Where `emit` continues.
    @usableFromInline final var cursor = -1
    /// `emit` returns no keys with a rank beyond this.
    @usableFromInline final var lastRank = UInt64.max
    /// The number of high hash bits that the start of a probe ignores: they choose the partition, and the part of it.
    @usableFromInline final var droppedBits: UInt64 = 16
    /// - Units: bytes.
    @usableFromInline final let slotBytes: Int
    /// - Units: bytes, from the hash with which a slot begins.
    final let keyOffset, valueOffset: Int
    /// The first slot.
    @usableFromInline final var firstSlot: UnsafeMutableRawPointer

    @usableFromInline
    init(firstSlot: UnsafeMutableRawPointer, slotBytes: Int, keyOffset: Int, valueOffset: Int) {
        self.firstSlot = firstSlot
        (self.slotBytes, self.keyOffset, self.valueOffset) = (slotBytes, keyOffset, valueOffset)
    }

    @usableFromInline final func setCount(_ count: Int) { self.count = count }
    @usableFromInline final func setByteCount(_ bytes: Int) { byteCount = bytes }

    /// - Units: bytes that the slots may take while so many rows are added: a table that grows holds the old slots, too.
    final func byteCount(adding rows: Int) -> Int {
        var bytes = byteCount
        while (count + rows) * 2 * slotBytes >= bytes { bytes *= 2 }
        return bytes > byteCount ? bytes + byteCount : bytes
    }

    /// - Units: bytes of the slots of a table that has grown to so many keys.
    final func nominalBytes(_ count: Int) -> Int {
        var slotCount = 1024
        while (count + 256) * 2 > slotCount - 1 { slotCount *= slotCount < 1 << 16 ? 4 : 2 }
        return slotCount * slotBytes
    }

    /// The hash with which the table stores the key at the start of a row.
    func hash(ofRow row: UnsafeRawPointer) -> UInt64 { 0 }
}

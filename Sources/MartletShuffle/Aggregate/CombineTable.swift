public import CMartletRuntime
public import Glibc
public import MartletBlocks
import MartletPortable

/// Keys and their combined values in open addressing, hash, key and value in one slot.
///
/// Rows are processed in groups: a first pass hashes the keys and prefetches their slots, a second one probes. The
/// functions that create and merge values are arguments of inlined methods, so that in the user's module a
/// `reduceByKey(+)` ends as an add inside the probe.
///
/// Keys are emitted in the order of their hashes, whatever the size of the table: the high bits of a hash say where its probe
/// starts, so only keys that lie together in one cluster have to be put in order.
///
/// - Invariant: T1. A slot's hash is 0 exactly where its key and value are not initialised.
/// - Invariant: T2. At most half of the slots are taken before a group starts, so that a probe ends.
/// - Invariant: T3. `emit` returns the keys in the order of `rank(of:)`; equal ranks in the order in which they were added.
/// - Source: the open-addressing aggregation of DuckDB and of "Morsel-Driven Parallelism" (Leis et al.), section 4.4.
public final class CombineTable<Key: Hashable & Sendable, Combined>: AggregationTable {
    @frozen @usableFromInline
    struct Slot {
        @usableFromInline var hash: UInt64
        @usableFromInline var key: Key
        @usableFromInline var value: Combined
        @inlinable init(hash: UInt64, key: consuming Key, value: consuming Combined) {
            self.hash = hash
            self.key = key
            self.value = value
        }
    }

    @usableFromInline var slots: UnsafeMutablePointer<Slot>
    @usableFromInline var mask: Int
    @usableFromInline var shift: UInt64
    @usableFromInline var used = 0
    @usableFromInline let hasher = KeyHasher<Key>()
    @usableFromInline let hashes: UnsafeMutablePointer<UInt64>
    /// The entries of the cluster that runs over the end, once `emit` has begun.
    @usableFromInline var wrapped: LastEntries?

    /// Rows whose slots are prefetched: as many cache lines as the first-level cache easily holds.
    @inlinable static var groupCount: Int { 256 }
    @inlinable static var smallestSlotCount: Int { 1024 }

    /// - Parameter expectedCount: keys to make room for at the start.
    @inlinable
    public init(expectedCount: Int = 0) {
        var slotCount = Self.smallestSlotCount
        while (expectedCount + Self.groupCount) * 2 > slotCount - 1 { slotCount *= 2 }
        mask = slotCount - 1
        shift = UInt64(64 - slotCount.trailingZeroBitCount)
        slots = Self.emptySlots(slotCount)
        hashes = .allocate(capacity: Self.groupCount)
        super.init(
            firstSlot: slots, slotBytes: MemoryLayout<Slot>.stride, keyOffset: MemoryLayout<Slot>.offset(of: \.key)!,
            valueOffset: MemoryLayout<Slot>.offset(of: \.value)!)
        setByteCount(slotCount * MemoryLayout<Slot>.stride)
    }

    deinit {
        destroyEntries()
        free(slots)
        hashes.deallocate()
    }

    @inlinable
    static func emptySlots(_ count: Int) -> UnsafeMutablePointer<Slot> {
        let raw = martlet_allocate(count * MemoryLayout<Slot>.stride, MemoryLayout<Slot>.alignment).unsafelyUnwrapped
        let slots = raw.assumingMemoryBound(to: Slot.self)
        for index in 0..<count { setHash(slots, index, 0) }
        return slots
    }

    @inlinable @inline(__always)
    static func hash(_ slots: UnsafeMutablePointer<Slot>, _ index: Int) -> UInt64 {
        UnsafeRawPointer(slots + index).load(as: UInt64.self)
    }

    @inlinable @inline(__always)
    static func setHash(_ slots: UnsafeMutablePointer<Slot>, _ index: Int, _ hash: UInt64) {
        UnsafeMutableRawPointer(slots + index).storeBytes(of: hash, as: UInt64.self)
    }

    /// Where the probe for a hash starts: the high bits of its rank.
    @inlinable @inline(__always)
    static func start(_ hash: UInt64, _ dropped: UInt64, _ shift: UInt64) -> Int {
        Int(truncatingIfNeeded: (hash &<< dropped) &>> shift)
    }

    /// The place of a hash in the order of keys. The highest 16 bits, which choose the partition, come last.
    @inlinable @inline(__always)
    static func rank(of hash: UInt64) -> UInt64 { (hash &<< 16) | (hash &>> 48) }

    /// Adds rows of keys and values.
    @inlinable @inline(__always)
    public func update<Value>(
        _ rows: Batch<(Key, Value)>, create: (Value) throws -> Combined,
        merge: (inout Combined, Value) throws -> Void
    ) throws {
        var offset = 0
        while offset < rows.count {
            let count = Swift.min(rows.count - offset, Self.groupCount)
            reserve(count)
            let (slots, mask, shift, dropped, hashes) = (self.slots, self.mask, self.shift, self.droppedBits, self.hashes)
            // A table that fits the second-level cache is probed at once.
            let isLarge = byteCount > Self.cachedBytes
            if isLarge {
                for index in 0..<count {
                    let hash = hasher.hash(rows.base[offset &+ index].0) | 1
                    hashes[index] = hash
                    prefetchSlot(slots + Self.start(hash, dropped, shift))
                }
            }
            var added = 0
            var index = 0
            do {
                while index < count {
                    let row = rows.base + (offset &+ index)
                    let hash = isLarge ? hashes[index] : hasher.hash(row.pointee.0) | 1
                    var position = Self.start(hash, dropped, shift)
                    var found = Self.hash(slots, position)
                    while found != 0, found != hash || !hasher.areEqual(slots[position].key, row.pointee.0) {
                        position = (position &+ 1) & mask
                        found = Self.hash(slots, position)
                    }
                    let (key, value) = rows.take(offset &+ index)
                    index &+= 1
                    if found != 0 {
                        try merge(&slots[position].value, value)
                    } else {
                        let combined = try create(value)
                        (slots + position).initialize(to: Slot(hash: hash, key: key, value: combined))
                        added &+= 1
                    }
                }
            } catch {
                grew(by: added)
                rows.discard(from: offset + index)
                throw error
            }
            grew(by: added)
            offset &+= count
        }
    }

    /// The value of a key; it stays where it is until the table changes.
    @inlinable @inline(__always)
    public func find(_ key: Key) -> UnsafeMutablePointer<Combined>? {
        let hash = hasher.hash(key) | 1
        var position = Self.start(hash, droppedBits, shift)
        var found = Self.hash(slots, position)
        while found != 0, found != hash || !hasher.areEqual(slots[position].key, key) {
            position = (position &+ 1) & mask
            found = Self.hash(slots, position)
        }
        guard found != 0, let offset = MemoryLayout<Slot>.offset(of: \.value) else { return nil }
        return (UnsafeMutableRawPointer(slots + position) + offset).assumingMemoryBound(to: Combined.self)
    }

    /// Changes each value in place.
    @inlinable @inline(__always)
    public func forEachValue(_ change: (inout Combined) throws -> Void) rethrows {
        for index in 0...mask where Self.hash(slots, index) != 0 { try change(&slots[index].value) }
    }

    @inlinable static var cachedBytes: Int { 512 << 10 }

    @inlinable @inline(__always)
    func grew(by added: Int) {
        used &+= added
        setCount(used)
    }

    @inlinable @inline(__always)
    func reserve(_ additional: Int) {
        if (used &+ additional) &* 2 > mask { grow(for: additional) }
    }

    @inlinable @inline(never)
    func grow(for additional: Int) {
        let (old, oldCount) = (slots, mask + 1)
        var slotCount = oldCount
        while (used + additional) * 2 > slotCount - 1 { slotCount *= slotCount < 1 << 16 ? 4 : 2 }
        slots = Self.emptySlots(slotCount)
        firstSlot = UnsafeMutableRawPointer(slots)
        mask = slotCount - 1
        shift = UInt64(64 - slotCount.trailingZeroBitCount)
        setByteCount(slotCount * MemoryLayout<Slot>.stride)
        // From the first free slot on, since a cluster may run over the end: equal hashes stay in their order.
        var first = 0
        while Self.hash(old, first) != 0 { first &+= 1 }
        for step in 0..<oldCount {
            let index = (first &+ step) & (oldCount &- 1)
            if Self.hash(old, index) == 0 { continue }
            var position = Self.start(Self.hash(old, index), droppedBits, shift)
            while Self.hash(slots, position) != 0 { position = (position &+ 1) & mask }
            (slots + position).moveInitialize(from: old + index, count: 1)
        }
        free(old)
    }

    /// Moves every entry to its partition's bucket and leaves the table empty.
    @inlinable @inline(__always)
    public func drain(to buckets: ShuffleBuckets, _ partitioning: KeyPartitioning<Key>) throws {
        for index in 0...mask {
            let hash = Self.hash(slots, index)
            if hash == 0 { continue }
            let partition = try partitioning.partition(of: slots[index].key, hash: hash)
            let entry = (slots + index).move()
            Self.setHash(slots, index, 0)
            buckets.slot(partition, (Key, Combined).self).initialize(to: (entry.key, entry.value))
        }
        used = 0
        setCount(0)
    }

    /// Moves entries out as rows, in the order of their ranks, until the frame is full or the last rank reached; the next call
    /// goes on.
    @inlinable @inline(__always)
    public func emit(_ frame: inout KernelFrame) {
        if cursor < 0 {
            unwrap()
            cursor = 0
        }
        let target = frame.output.assumingMemoryBound(to: (Key, Combined).self)
        var made = 0
        var index = cursor
        while index <= mask, made < frame.capacity {
            let hash = Self.hash(slots, index)
            if hash == 0 {
                index &+= 1
                continue
            }
            // An entry that comes earlier in the order may lie behind this one in the cluster.
            if index < mask, Self.hash(slots, index &+ 1) != 0 { bringForward(index) }
            if Self.rank(of: Self.hash(slots, index)) > lastRank { break }
            let entry = (slots + index).move()
            Self.setHash(slots, index, 0)
            (target + made).initialize(to: (entry.key, entry.value))
            made &+= 1
            index &+= 1
        }
        cursor = index
        while let last = wrapped, cursor > mask, made < frame.capacity, last.next < last.entries.count {
            let entry = last.entries[last.next]
            if Self.rank(of: entry.hash) > lastRank { break }
            last.next &+= 1
            (target + made).initialize(to: (entry.key, entry.value))
            made &+= 1
        }
        frame.produced = made
    }

    override func hash(ofRow row: UnsafeRawPointer) -> UInt64 {
        hasher.hash(row.assumingMemoryBound(to: Key.self).pointee) | 1
    }

    @inlinable
    func destroyEntries() {
        if _isPOD(Slot.self) { return }
        for index in 0...mask where Self.hash(slots, index) != 0 { (slots + index).deinitialize(count: 1) }
    }
}

/// Prefetches the cache lines of a slot: both, where slots can span two.
@inlinable @inline(__always)
func prefetchSlot<Element>(_ address: UnsafeMutablePointer<Element>) {
    martlet_prefetch(address)
    let stride = MemoryLayout<Element>.stride
    if stride & (stride - 1) != 0 || stride > 64 { martlet_prefetch(UnsafeRawPointer(address) + (stride - 1)) }
}

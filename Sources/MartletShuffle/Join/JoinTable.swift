public import CMartletRuntime
public import Glibc
public import MartletBlocks

/// The untyped part of the build side of a join.
open class BuildTable {
    @usableFromInline init() {}

    /// Removes all rows, before the table is sealed. They stay at their addresses until the table changes.
    open func takeRows() -> RawBatch { .end }

    /// - Units: bytes that the table takes while so many rows are added, and when it is then sealed.
    open func byteCount(adding rows: Int) -> Int { 0 }
}

/// The build side of a hash join: all rows of one side of a partition, chained by hash.
///
/// - Invariant: J1. After `seal`, every row is in exactly one chain, and `heads` has a power of two of entries.
public final class JoinTable<Key: Hashable, Value>: BuildTable {
    @usableFromInline var rows: UnsafeMutablePointer<(Key, Value)>
    @usableFromInline var next: UnsafeMutablePointer<Int32>
    @usableFromInline var heads: UnsafeMutablePointer<Int32>
    @usableFromInline var count = 0
    @usableFromInline var capacity: Int
    @usableFromInline var mask = 0
    /// The row of the build side where the first pending row of the other side continues; -1 to start a new one.
    @usableFromInline var resumeAt: Int32 = -1
    /// The rows that have found a partner; nil if not needed.
    @usableFromInline var marks: UnsafeMutablePointer<Bool>?
    /// Where `emitUnmarked` continues.
    @usableFromInline var cursor = 0
    @usableFromInline let hasher = KeyHasher<Key>()
    @usableFromInline let found: UnsafeMutablePointer<Int32>

    @inlinable static var groupCount: Int { 256 }

    @inlinable
    public override init() {
        capacity = 1024
        rows = allocate(capacity)
        next = allocate(1)
        heads = allocate(1)
        found = .allocate(capacity: Self.groupCount)
        super.init()
    }

    deinit {
        rows.deinitialize(count: count)
        free(rows)
        free(next)
        free(heads)
        marks?.deallocate()
        found.deallocate()
    }

    public override func takeRows() -> RawBatch {
        defer { count = 0 }
        return RawBatch(base: UnsafeMutableRawPointer(rows), count: count, isOwned: true)
    }

    public override func byteCount(adding added: Int) -> Int {
        let stride = MemoryLayout<(Key, Value)>.stride
        let total = count + added
        let held = total <= capacity ? capacity : capacity + Swift.max(total, capacity * 2)
        // Chains: a link for each row, and two to four heads.
        return held * stride + total * 20
    }

    /// Spends a batch of build rows.
    @inlinable @inline(__always)
    public func add(_ batch: Batch<(Key, Value)>) {
        if count + batch.count > capacity { grow(to: count + batch.count) }
        for index in 0..<batch.count { (rows + count + index).initialize(to: batch.take(index)) }
        count += batch.count
    }

    @inlinable @inline(never)
    func grow(to needed: Int) {
        precondition(needed < Int(Int32.max) / 2, "one partition of a join's build side has over a billion rows")
        capacity = max(needed, capacity * 2)
        let larger: UnsafeMutablePointer<(Key, Value)> = allocate(capacity)
        larger.moveInitialize(from: rows, count: count)
        free(rows)
        rows = larger
    }

    /// Chains the rows; afterwards the table is only probed. Later rows come first in a chain, so rows are added
    /// from the last to the first, and matches are in the order of the build side.
    ///
    /// - Parameter marking: probes mark the rows that they find.
    @inlinable @inline(__always)
    public func seal(marking: Bool) {
        if marking {
            let marks = UnsafeMutablePointer<Bool>.allocate(capacity: Swift.max(count, 1))
            marks.initialize(repeating: false, count: count)
            self.marks = marks
        }
        var slotCount = 1
        while slotCount < count * 2 { slotCount *= 2 }
        mask = slotCount - 1
        free(next)
        free(heads)
        next = allocate(count)
        heads = allocate(slotCount)
        heads.initialize(repeating: -1, count: slotCount)
        var index = count - 1
        while index >= 0 {
            let slot = Self.slot(hasher.hash(rows[index].0), mask)
            next[index] = heads[slot]
            heads[slot] = Int32(truncatingIfNeeded: index)
            index &-= 1
        }
    }

    @inlinable @inline(__always)
    static func slot(_ hash: UInt64, _ mask: Int) -> Int { Int(truncatingIfNeeded: hash &>> 16) & mask }

    /// One output row for each pair of rows with equal keys; stops in the middle of a chain when the output is full.
    ///
    /// - Parameters:
    ///   - pair: puts the value of the table and the value of the batch in the order of the output.
    ///   - alone: the output for a row of the batch without a partner; nil for none.
    @inlinable @inline(__always)
    public func probe<Other, Output>(
        _ frame: inout KernelFrame, pair: (Value, Other) -> Output, alone: (Other) -> Output?
    ) {
        let batch: Batch<(Key, Other)> = frame.input.elements()
        let target = frame.output.assumingMemoryBound(to: (Key, Output).self)
        var made = 0
        var offset = 0
        while offset < batch.count, made < frame.capacity {
            let group = Swift.min(batch.count - offset, Self.groupCount, frame.capacity - made)
            for index in 0..<group {
                let slot = Self.slot(hasher.hash(batch.base[offset &+ index].0), mask)
                found[index] = Int32(truncatingIfNeeded: slot)
                martlet_prefetch(heads + slot)
            }
            for index in 0..<group {
                let head = heads[Int(found[index])]
                found[index] = head
                if head >= 0 { martlet_prefetch(rows + Int(head)) }
            }
            for index in 0..<group {
                var row = found[index]
                // The row at which the probe stopped is a match.
                var isMatched = resumeAt >= 0
                if isMatched {
                    row = resumeAt
                    resumeAt = -1
                }
                while row >= 0 {
                    let place = Int(row)
                    if hasher.areEqual(rows[place].0, batch.base[offset &+ index].0) {
                        isMatched = true
                        if made == frame.capacity {
                            resumeAt = row
                            frame.consumed = offset &+ index
                            frame.produced = made
                            return
                        }
                        (target + made).initialize(
                            to: (rows[place].0, pair(rows[place].1, batch.base[offset &+ index].1)))
                        made &+= 1
                        if let marks { marks[place] = true }
                    }
                    row = next[place]
                }
                if !isMatched, let output = alone(batch.base[offset &+ index].1) {
                    if made == frame.capacity {
                        frame.consumed = offset &+ index
                        frame.produced = made
                        return
                    }
                    (target + made).initialize(to: (batch.base[offset &+ index].0, output))
                    made &+= 1
                }
                if !_isPOD((Key, Other).self), batch.isOwned {
                    (batch.base + offset + index).deinitialize(count: 1)
                }
            }
            offset &+= group
        }
        frame.consumed = offset
        frame.produced = made
    }
}

/// Uninitialised memory for `count` values, on huge pages where that pays; released with `free`.
@inlinable
func allocate<Value>(_ count: Int) -> UnsafeMutablePointer<Value> {
    martlet_allocate(count * MemoryLayout<Value>.stride, MemoryLayout<Value>.alignment).unsafelyUnwrapped
        .assumingMemoryBound(to: Value.self)
}

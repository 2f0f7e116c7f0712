public import MartletBlocks

/// Where a map task writes its rows: one growing list of chunks for each reduce partition.
public final class ShuffleBuckets {
    public let row: ElementType
    @usableFromInline let cursors: UnsafeMutablePointer<Cursor>
    private let partitionCount: Int
    private var lists: [ChunkList?]
    /// - Units: bytes of memory held for rows, used or not.
    public private(set) var byteCount = 0

    /// The open tail of one partition's list.
    @frozen @usableFromInline
    struct Cursor {
        @usableFromInline var next: UnsafeMutableRawPointer?
        @usableFromInline var end: UnsafeMutableRawPointer?
        @usableFromInline var start: UnsafeMutableRawPointer?
    }

    public init(_ row: ElementType, partitionCount: Int) {
        self.row = row
        self.partitionCount = partitionCount
        lists = Array(repeating: nil, count: partitionCount)
        cursors = .allocate(capacity: partitionCount)
        cursors.initialize(repeating: Cursor(), count: partitionCount)
    }

    deinit {
        for partition in 0..<partitionCount { commit(partition) }
        cursors.deallocate()
    }

    /// Memory for one more row of `partition`, which the caller initialises.
    @inlinable @inline(__always)
    public func slot<Row>(_ partition: Int, _: Row.Type = Row.self) -> UnsafeMutablePointer<Row> {
        let cursor = cursors + partition
        if cursor.pointee.next == cursor.pointee.end { grow(partition) }
        let slot = cursor.pointee.next.unsafelyUnwrapped
        cursor.pointee.next = slot + MemoryLayout<Row>.stride
        return slot.assumingMemoryBound(to: Row.self)
    }

    @usableFromInline @inline(never)
    func grow(_ partition: Int) {
        commit(partition)
        let list = lists[partition] ?? ChunkList(row)
        lists[partition] = list
        let before = list.byteCount
        let (base, capacity) = list.openTail()
        byteCount += list.byteCount - before
        cursors[partition] = Cursor(next: base, end: base + capacity * row.stride, start: base)
    }

    private func commit(_ partition: Int) {
        guard let start = cursors[partition].start, let next = cursors[partition].next else { return }
        lists[partition]?.commit((next - start) / row.stride)
        cursors[partition] = Cursor()
    }

    /// Takes the rows out of the buckets, and leaves them empty.
    public func take() -> [ChunkList?] {
        for partition in 0..<partitionCount { commit(partition) }
        defer {
            lists = Array(repeating: nil, count: partitionCount)
            byteCount = 0
        }
        return lists
    }
}

import MartletBlocks

/// Rows on their way to partitions: in memory while there is room, then on disk.
///
/// The rows of a partition are read in the order in which they were written: the first spill, then the next, and the rows in
/// memory last.
final class BucketWriter: Spillable {
    let buckets: ShuffleBuckets
    private let memory: TaskMemory
    private let partitionCount: Int
    private var reservation: TaskReservation
    private var heap: HeapEstimate
    /// Why rows cannot go to disk; nil if they can.
    private let obstacle: (any Error)?
    private var spills: [SpillFile] = []
    /// Rows since the last spill.
    private var recent = 0

    let consumerName: String
    var heldBytes: Int { reservation.bytes }

    init(_ row: ElementType, partitionCount: Int, _ memory: TaskMemory, for consumerName: String) {
        self.partitionCount = partitionCount
        self.memory = memory
        self.consumerName = consumerName
        buckets = ShuffleBuckets(row, partitionCount: partitionCount)
        heap = HeapEstimate(row)
        obstacle = row.encodingProblem
        reservation = TaskReservation(memory)
        memory.add(self)
    }

    deinit { memory.remove(self) }

    /// Has `write` put rows into the buckets, and spills where memory runs out.
    ///
    /// - Parameter batch: the rows, or values that become one row each: its size tells how much memory they take.
    func write(_ batch: RawBatch, _ write: (RawBatch) throws -> Void) throws {
        heap.add(batch)
        let added = batch.count
        try write(batch)
        try wrote(added)
    }

    /// So many rows were put into the buckets.
    ///
    /// - Parameter heapBytes: the bytes that the rows refer to, unless they were counted before.
    func wrote(_ added: Int, heapBytes: Int = 0) throws {
        heap.add(bytes: heapBytes)
        recent += added
        if let every = memory.spillEvery, recent >= every { return try spill() }
        let needed = buckets.byteCount + heap.bytes
        if try !reservation.grow(to: needed, for: self, unspillable: obstacle) { try spill() }
    }

    func spill() throws {
        if obstacle != nil { return }
        let lists = buckets.take()
        recent = 0
        defer {
            heap.reset()
            reservation.shrink(to: 0)
        }
        guard let file = try writeLists(lists, buckets.row, to: memory.scratch) else { return }
        memory.didSpill(file.byteCount)
        spills.append(file)
    }

    /// Returns the written rows for readers, and leaves the writer empty.
    func finish() -> PartitionedOutput {
        let output = PartitionedOutput(buckets.row, buckets.take(), spills, heapBytes: heap.bytes)
        heap.reset()
        spills = []
        let reservation = exchange(&self.reservation, with: TaskReservation(memory))
        output.hold = memory.hold(output.byteCount, insteadOf: reservation)
        return output
    }
}

/// Writes each list as a segment of one file; nil where there are no rows. The lists are only read.
func writeLists(_ lists: [ChunkList?], _ row: ElementType, to scratch: ScratchSpace) throws -> SpillFile? {
    guard lists.contains(where: { $0 != nil }) else { return nil }
    return try SpillFile.write(row, to: scratch) { writer in
        try lists.map { list in
            if let list { try ChunkSource(list).forEachBatch { try writer.append($0) } }
            return try writer.endSegment()
        }
    }
}

/// Puts a new value in the place of one that cannot be copied.
func exchange<Value: ~Copyable>(_ place: inout Value, with new: consuming Value) -> Value {
    let old = place
    place = new
    return old
}

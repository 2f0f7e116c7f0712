public import MartletBlocks

/// Collects rows and puts them in order: one sorted run in memory, or several where memory runs out, all but the last of them
/// on disk.
final class SortWriter: Spillable {
    private let program: SortProgram
    private let memory: TaskMemory
    private var rows: ChunkList
    private var heap: HeapEstimate
    /// Why rows cannot go to disk; nil if they can.
    private let obstacle: (any Error)?
    private var reservation: TaskReservation
    private var runs: [SortedRun] = []

    var consumerName: String { "sorting" }
    var heldBytes: Int { reservation.bytes }

    init(_ program: SortProgram, _ memory: TaskMemory) {
        self.program = program
        self.memory = memory
        rows = ChunkList(program.element)
        heap = HeapEstimate(program.element)
        obstacle = program.element.encodingProblem
        reservation = TaskReservation(memory)
        memory.add(self)
    }

    deinit { memory.remove(self) }

    /// Spends a batch.
    func append(_ batch: RawBatch) throws {
        heap.add(batch)
        rows.append(batch)
        if let every = memory.spillEvery, rows.count >= every { return try spill() }
        if try !reservation.grow(to: sortingBytes, for: self, unspillable: obstacle) { try spill() }
    }

    /// The bytes of the rows and of sorting them: their entries, and as many again.
    private var sortingBytes: Int { rows.byteCount + heap.bytes + rows.count * 2 * MemoryLayout<SortEntry>.stride }

    func spill() throws {
        guard rows.count > 0, obstacle == nil else { return }
        let run = try program.writeRun(program.sort(rows), memory.scratch)
        memory.didSpill(run.file.byteCount)
        runs.append(.disk(run))
        rows = ChunkList(program.element)
        heap.reset()
        reservation.shrink(to: 0)
    }

    /// All runs, in the order of their rows.
    ///
    /// - Returns: the runs, and the bytes that the rows of the last run refer to.
    func finish() throws -> (runs: [SortedRun], heapBytes: Int) {
        if rows.count > 0 || runs.isEmpty { runs.append(.memory(try program.sort(rows))) }
        reservation.shrink(to: rows.byteCount + heap.bytes + rows.count * MemoryLayout<SortEntry>.stride)
        rows = ChunkList(program.element)
        return (runs, heap.bytes)
    }

    /// The reservation of the last run's memory.
    func takeReservation() -> TaskReservation { exchange(&reservation, with: TaskReservation(memory)) }
}

extension SortProgram {
    /// The map side of a sort: one task's rows, in order.
    public func writeMapOutput(_ source: BatchSource, memory: TaskMemory) throws -> MapOutput {
        let writer = SortWriter(self, memory)
        try source.forEachBatch { try writer.append($0) }
        let (runs, heapBytes) = try writer.finish()
        let output = SortedOutput(runs, self, heapBytes: heapBytes)
        output.hold = memory.hold(output.byteCount, insteadOf: writer.takeReservation())
        return output
    }

    /// One partition in order.
    public func sortedRows(_ source: BatchSource, batchBytes: Int, memory: TaskMemory) throws -> BatchSource {
        let writer = SortWriter(self, memory)
        try source.forEachBatch { try writer.append($0) }
        let (runs, _) = try writer.finish()
        return try RunMerge.open(
            runs.map { RunSlice($0, .all) }, program: self, batchBytes: batchBytes, memory: memory, owning: writer.takeReservation())
    }

    /// Writes the rows of a run to a file, in order: the rows of some entries, or all rows.
    func writeRun(_ run: MemoryRun, entries: Range<Int>? = nil, _ scratch: ScratchSpace) throws -> DiskRun {
        let buffer = BatchBuffer(element, batchBytes: ElementPageWriter.pageBytes / 4)
        let entries = entries ?? run.entries.indices
        var next = entries.lowerBound
        return try DiskRun.write(self, scratch) {
            let count = min(buffer.capacity, entries.upperBound - next)
            guard count > 0 else { return .end }
            withUnsafeTemporaryAllocation(of: UnsafeRawPointer.self, capacity: count) { picked in
                for index in 0..<count { picked.initializeElement(at: index, to: run.entries[next + index].row) }
                gather(UnsafePointer(picked.baseAddress.unsafelyUnwrapped), count, buffer.base)
            }
            next += count
            return RawBatch(base: buffer.base, count: count, isOwned: true)
        }
    }
}

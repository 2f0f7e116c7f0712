import MartletBlocks

/// Emits the entries of a table, and empties it. The remaining entries can be spilled, even while the last batch is being read.
final class TableSource: BatchSource, Spillable {
    private let program: TableProgram
    private let memory: TaskMemory
    private var reservation: TaskReservation
    /// The buffer of batches from memory. A spill leaves it alone, since the last batch may not be spent yet (B1).
    private let buffer: BatchBuffer
    /// nil when it is on disk, or empty.
    private var table: AggregationTable?
    /// The spilled entries.
    private var rest: BatchSource?

    init(
        _ table: AggregationTable, _ program: TableProgram, _ batchBytes: Int, _ memory: TaskMemory,
        _ reservation: consuming TaskReservation
    ) {
        self.program = program
        self.memory = memory
        self.reservation = reservation
        self.table = table
        buffer = BatchBuffer(program.output, batchBytes: batchBytes)
        super.init()
        memory.add(self)
    }

    deinit { memory.remove(self) }

    var consumerName: String { program.name }
    var heldBytes: Int { reservation.bytes }

    override func next() throws -> RawBatch {
        guard let table else { return try rest?.next() ?? .end }
        var frame = KernelFrame(input: .end, output: buffer.base, capacity: buffer.capacity, state: table)
        try program.emit(&frame)
        if frame.produced == 0 {
            self.table = nil
            reservation.shrink(to: 0)
        }
        return RawBatch(base: buffer.base, count: frame.produced, isOwned: true)
    }

    func spill() throws {
        guard let table, program.output.encodingProblem == nil else { return }
        self.table = nil
        let left = GeneratorSource(
            program.output, batchBytes: ElementPageWriter.pageBytes / 4, state: table, kernel: program.emit)
        let file = try SpillFile.write(program.output, to: memory.scratch) { writer in
            try left.forEachBatch { try writer.append($0) }
            return [try writer.endSegment()]
        }
        memory.didSpill(file.byteCount)
        rest = try file.source(0)
        reservation.shrink(to: 0)
    }
}

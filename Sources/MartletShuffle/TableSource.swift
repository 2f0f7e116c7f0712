import MartletBlocks

/// Gives what a table holds, and empties it. What is left can go to disk.
final class TableSource: BatchSource, Spillable {
    private let program: TableProgram
    private let batchBytes: Int
    private let memory: TaskMemory
    private var reservation: TaskReservation
    private var rest: BatchSource
    private var isInMemory = true

    init(
        _ table: AggregationTable, _ program: TableProgram, _ batchBytes: Int, _ memory: TaskMemory,
        _ reservation: consuming TaskReservation
    ) {
        self.program = program
        self.batchBytes = batchBytes
        self.memory = memory
        self.reservation = reservation
        rest = GeneratorSource(program.output, batchBytes: batchBytes, state: table, kernel: program.emit)
        super.init()
        memory.add(self)
    }

    deinit { memory.remove(self) }

    var consumerName: String { program.name }
    var heldBytes: Int { reservation.bytes }

    override func next() throws -> RawBatch {
        let batch = try rest.next()
        if batch.isEmpty {
            rest = EmptySource()
            reservation.shrink(to: 0)
        }
        return batch
    }

    func spill() throws {
        guard isInMemory, program.output.encodingProblem == nil else { return }
        isInMemory = false
        let file = try SpillFile.write(program.output, to: memory.scratch) { writer in
            try rest.forEachBatch { try writer.append($0) }
            return [try writer.endSegment()]
        }
        memory.didSpill(file.byteCount)
        rest = try file.source(0)
        reservation.shrink(to: 0)
    }
}

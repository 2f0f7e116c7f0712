import MartletBlocks
import MartletThreads

/// Fills a table as long as there is memory for it.
///
/// When memory runs out, the table is spilled in the order of its keys, and later rows are divided into parts by their keys'
/// ranks. Each part then becomes its own table, which begins with its spilled entries: so every key sees its rows, and the
/// result has its keys, in the same order as if all had fitted.
///
/// - Source: hybrid hashing (DeWitt et al., "Implementation Techniques for Main Memory Database Systems").
final class TableBuilder: Spillable {
    private let program: TableProgram
    private let part: TablePart
    private let batchBytes: Int
    private let memory: TaskMemory
    /// Why it cannot be divided; nil if it can.
    private let obstacle: (any Error)?
    private var reservation: TaskReservation
    /// nil when it has been divided.
    private var table: AggregationTable?
    /// The spilled entries of the table, a segment for each part.
    private var kept: SpillFile?
    /// Rows that arrived later, by side.
    private var later: [BucketWriter] = []
    private var subdivision: AnyObject?
    private var rows = 0
    private var heap: TableHeap

    var consumerName: String { program.name }
    var heldBytes: Int { reservation.bytes }

    /// - Parameter canDivide: false where dividing would not help.
    init(_ program: TableProgram, _ part: TablePart, canDivide: Bool, _ batchBytes: Int, _ memory: TaskMemory) {
        self.program = program
        self.part = part
        self.batchBytes = batchBytes
        self.memory = memory
        let isDivisible = canDivide && part.level < Subdivision.deepestLevel
        obstacle = isDivisible ? program.encodingProblem : SkewedKey()
        heap = TableHeap(program.types)
        let table = Self.makeTable(program, part, 0)
        reservation = TaskReservation(memory, leastBytes: table.byteCount)
        self.table = table
        memory.add(self)
    }

    deinit { memory.remove(self) }

    private static func makeTable(_ program: TableProgram, _ part: TablePart, _ expectedCount: Int) -> AggregationTable {
        let table = program.makeTable(expectedCount)
        // All keys of a part have these bits.
        table.droppedBits += UInt64(5 * part.level)
        return table
    }

    /// Makes room for so many keys from the start, if memory is available.
    func expect(_ count: Int) throws {
        guard let table, count > 0, memory.spillEvery == nil else { return }
        let bytes = table.byteCount(adding: count)
        if bytes > table.byteCount, try reservation.grow(to: bytes, for: self) {
            self.table = Self.makeTable(program, part, count)
        }
    }

    /// Adds all rows of an input.
    func add(_ source: BatchSource, side index: Int) throws {
        let side = program.sides[index]
        try source.forEachBatch { batch in
            do {
                try memory.cancellation.check()
                if let table, try isFull(table, adding: batch.count) { try divide(table) }
            } catch {
                side.split.row.discard(batch)
                throw error
            }
            if let table {
                rows += batch.count
                heap.note(batch, side.split.row, table)
                return try side.add(batch, table)
            }
            guard let subdivision else { preconditionFailure("what is divided has parts") }
            let writer = later[index]
            try writer.write(batch) { try side.split.scatter($0, writer.buckets, subdivision) }
        }
    }

    /// Whether the table has to be divided before it can take so many rows.
    private func isFull(_ table: AggregationTable, adding count: Int) throws -> Bool {
        if let every = memory.spillEvery, rows >= every, part.level < 2, obstacle == nil { return true }
        // A table that cannot be divided requests only the bytes that it really needs.
        let slotBytes = obstacle == nil ? table.byteCount(adding: count) : table.byteCount
        let growth = heap.growth(of: table, adding: count)
        let needed = slotBytes + heap.bytes(of: table, rows: rows) + growth
        if try reservation.grow(to: needed, for: self, unspillable: obstacle) { return false }
        // The part with the most frequent key needs at least the bytes of that key. If they take nearly all memory, spilling
        // and reading them back would only take more.
        let ofOneKey = heap.mostFrequentBytes(of: table) + growth
        if ofOneKey > memory.largestBytes / 10 * 9 { throw memory.refusal(ofOneKey, self, SkewedKey()) }
        return true
    }

    func spill() throws {
        if let table, obstacle == nil { try divide(table) }
    }

    /// Spills the table; from now on rows go to the parts.
    private func divide(_ table: AggregationTable) throws {
        self.table = nil
        kept = try SpillFile.write(program.output, to: memory.scratch) { writer in
            let emitted = GeneratorSource(
                program.output, batchBytes: batchBytes, state: table, kernel: program.emit)
            return try (0..<Subdivision.count).map { index in
                table.lastRank = part.lastRank(of: index)
                try emitted.forEachBatch { try writer.append($0) }
                return try writer.endSegment()
            }
        }
        memory.didSpill(kept?.byteCount ?? 0)
        reservation.shrink(to: 0)
        subdivision = program.makeSubdivision(part.level)
        later = program.sides.map {
            BucketWriter($0.split.row, partitionCount: Subdivision.count, memory, for: program.name)
        }
    }

    /// Each key once, in the order of ranks.
    func finish() throws -> BatchSource {
        if let table {
            let reservation = exchange(&self.reservation, with: TaskReservation(memory))
            return TableSource(table, program, batchBytes, memory, reservation)
        }
        guard let kept else { return EmptySource() }
        let rows = try later.map { writer in
            try writer.spill()
            return writer.finish()
        }
        later = []
        let counts = (0..<Subdivision.count).map { index in
            rows.reduce(kept.segments[index].count) { $0 + $1.count(in: index) }
        }
        let total = counts.reduce(0, +)
        return ConcatenatedSource(count: Subdivision.count) { [program, part, batchBytes, memory] index in
            guard counts[index] > 0 else { return EmptySource() }
            let builder = TableBuilder(
                program, part.part(index), canDivide: counts[index] < total, batchBytes, memory)
            try builder.add(kept.source(index), side: 0)
            for (side, rows) in rows.enumerated() { try builder.add(rows.source(index), side: side) }
            return try builder.finish()
        }
    }
}

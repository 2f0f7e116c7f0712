import MartletBlocks
import MartletThreads

/// One side of each partition is built into a table, the other streamed past it, in parts where the first does not fit into
/// its share of the memory.
///
/// Whether it fits depends on its rows and on the settings, not on the memory of other tasks: so the order of the result is the
/// same each time. If it does not fit, the rows of both sides are divided into parts by their keys' hashes, and each part is
/// joined by itself.
///
/// - Source: Grace hash join (Kitsuregawa et al., "Application of Hash to Data Base Machine and Its Architecture").
struct DividedJoin {
    let name: String
    let makeTable: @Sendable () -> BuildTable
    let add: @Sendable (RawBatch, BuildTable) -> Void
    /// Put rows of the built and of the streamed side into parts.
    let split: (build: ScatterProgram, stream: ScatterProgram)
    let makeSubdivision: @Sendable (_ level: Int) -> AnyObject
    /// Streams one side past the table of the other.
    let probe: (BuildTable, BatchSource) throws -> BatchSource
    let memory: TaskMemory

    func join(_ build: BatchSource, _ stream: BatchSource, level: Int = 0, canDivide: Bool = true) throws -> BatchSource {
        var obstacle: (any Error)? = split.build.row.encodingProblem ?? split.stream.row.encodingProblem
        if !canDivide || level >= Subdivision.deepestLevel { obstacle = obstacle ?? SkewedKey() }
        let share = JoinShare(name, memory)
        let table = makeTable()
        var heap = HeapEstimate(split.build.row)
        // Checks the memory after a fixed number of rows, whatever their batches, which differ between memory and disk.
        let forced = level < 2 ? memory.spillEvery : nil
        let step = min(forced ?? Self.rowsBetweenLooks, Self.rowsBetweenLooks)
        var rows = 0
        while true {
            var rest = try build.next()
            if rest.isEmpty { break }
            while rest.count > 0 {
                if rows % step == 0 {
                    let needed = table.byteCount(adding: step) + heap.bytes
                    if obstacle == nil, forced.map({ rows >= $0 }) ?? false || needed > share.limit {
                        let written = try divide(table.takeRows(), rest, build, level)
                        share.end()
                        return try joinParts(written, stream, level)
                    }
                    do {
                        try memory.cancellation.check()
                        try share.reserve(needed, unspillable: obstacle ?? ShareTaken())
                    } catch {
                        split.build.row.discard(rest)
                        throw error
                    }
                }
                var piece = rest
                piece.count = min(rest.count, step - rows % step)
                rest.advance(by: piece.count, stride: split.build.row.stride)
                heap.add(piece)
                rows += piece.count
                add(piece, table)
            }
        }
        return OwningSource(try probe(table, stream), share)
    }

    private static var rowsBetweenLooks: Int { 128 }

    /// Writes the rows of the built side to their parts: the rows of the table, a batch, and the rest. Spends them.
    private func divide(_ rows: RawBatch, _ batch: RawBatch, _ rest: BatchSource, _ level: Int) throws -> PartitionedOutput {
        let writer = BucketWriter(split.build.row, partitionCount: Subdivision.count, memory, for: name)
        let subdivision = makeSubdivision(level)
        func write(_ batch: RawBatch) throws {
            var left = batch
            defer { split.build.row.discard(left) }
            while left.count > 0 {
                var piece = left
                piece.count = min(left.count, BatchBuffer.maximumCount)
                left.advance(by: piece.count, stride: split.build.row.stride)
                try writer.write(piece) { try split.build.scatter($0, writer.buckets, subdivision) }
            }
        }
        do {
            try write(rows)
        } catch {
            split.build.row.discard(batch)
            throw error
        }
        try write(batch)
        try rest.forEachBatch { try write($0) }
        try writer.spill()
        return writer.finish()
    }

    private func joinParts(_ build: PartitionedOutput, _ stream: BatchSource, _ level: Int) throws -> BatchSource {
        let writer = BucketWriter(split.stream.row, partitionCount: Subdivision.count, memory, for: name)
        let subdivision = makeSubdivision(level)
        try stream.forEachBatch { batch in
            try writer.write(batch) { try split.stream.scatter($0, writer.buckets, subdivision) }
            try memory.cancellation.check()
        }
        try writer.spill()
        let streamed = writer.finish()
        return ConcatenatedSource(count: Subdivision.count) { part in
            try join(
                build.source(part), streamed.source(part), level: level + 1,
                canDivide: build.count(in: part) < build.recordCount)
        }
    }
}

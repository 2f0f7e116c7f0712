public import MartletBlocks

extension CombineProgram {
    /// The map side of an aggregation: combines in a bounded table, and lets rows through where combining does not pay.
    ///
    /// Each time the table outgrows its memory, it is judged: if it saves too few rows, its entries and the rest of the
    /// partition go directly to the buckets, since a probe that finds nothing costs more than the row that it saves. A table at
    /// its limit is drained to the buckets and starts anew.
    ///
    /// The choice of combined rows depends on the rows alone, not on the table's initial size.
    ///
    /// - Parameters:
    ///   - limitBytes: bound of the table's slots.
    ///   - sizes: the table sizes of the shuffle's other map tasks.
    public func writeMapOutput(
        _ source: BatchSource, partitioning: AnyObject, partitionCount: Int, limitBytes: Int, sizes: TableSizes,
        memory: TaskMemory
    ) throws -> MapOutput {
        let writer = BucketWriter(output, partitionCount: partitionCount, memory, for: "combining before a shuffle")
        let limitBytes = memory.mapTableBytes(atMost: limitBytes)
        var table = makeTable(0)
        let expected = sizes.largest
        if table.nominalBytes(expected) > table.byteCount, table.nominalBytes(expected) <= limitBytes {
            table = makeTable(expected)
        }
        var heap = TableHeap(types)
        var passedHeap = HeapEstimate(input)
        var judgedBytes = Self.smallestJudgedBytes
        var rows = 0
        var combines = true
        try source.forEachBatch { batch in
            guard combines else {
                let before = passedHeap.bytes
                passedHeap.add(batch)
                try scatter(batch, writer.buckets, partitioning)
                return try writer.wrote(batch.count, heapBytes: passedHeap.bytes - before)
            }
            rows += batch.count
            heap.note(batch, input, table)
            try combine(batch, table)
            let slotBytes = table.nominalBytes(table.count)
            let isFull = slotBytes > limitBytes || heap.bytes(of: table, rows: rows) > limitBytes
            guard isFull || slotBytes > judgedBytes else { return }
            judgedBytes = max(judgedBytes, slotBytes)
            combines = rows * 8 >= table.count * (isFull ? Self.worthwhileEighths : Self.promisingEighths)
            if !combines || isFull {
                rows = 0
                sizes.add(table.count)
                try drain(table, heap.bytes(of: table), to: writer, partitioning)
            }
        }
        sizes.add(table.count)
        try drain(table, heap.bytes(of: table), to: writer, partitioning)
        return writer.finish()
    }

    private func drain(
        _ table: AggregationTable, _ heapBytes: Int, to writer: BucketWriter, _ partitioning: AnyObject
    ) throws {
        let count = table.count
        try drain(table, writer.buckets, partitioning)
        try writer.wrote(count, heapBytes: heapBytes)
    }

    /// Eighths of rows for each entry of a full table below which combining costs more than it saves.
    private static var worthwhileEighths: Int { 16 }

    /// The same for a table that may still grow: repeated keys show early, however many there are.
    private static var promisingEighths: Int { 9 }

    /// A table up to this size fits the second-level cache and is not judged.
    private static var smallestJudgedBytes: Int { 1 << 20 }

    /// The reduce side: merges the rows of all map tasks, and emits each key once.
    public func mergeRows(
        _ source: BatchSource, operation: String, batchBytes: Int, memory: TaskMemory
    ) throws -> BatchSource {
        try table(operation, TableProgram.Side(add: merge, split: splitCombined))
            .collect([source], batchBytes: batchBytes, memory: memory)
    }

    /// Aggregates a partition in place, where the keys are already together.
    public func combineRows(
        _ source: BatchSource, operation: String, batchBytes: Int, memory: TaskMemory
    ) throws -> BatchSource {
        try table(operation, TableProgram.Side(add: combine, split: split))
            .collect([source], batchBytes: batchBytes, memory: memory)
    }

    private func table(_ operation: String, _ rows: TableProgram.Side) -> TableProgram {
        TableProgram(
            output: output, makeTable: makeTable,
            sides: [TableProgram.Side(add: merge, split: splitCombined), rows], emit: emit,
            makeSubdivision: makeSubdivision, types: types, name: operation)
    }
}

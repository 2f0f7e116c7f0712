public import MartletBlocks

extension CombineProgram {
    /// The map side of an aggregation: combines in a bounded table, and lets rows through where combining does not pay.
    ///
    /// Each time that the table has outgrown its memory, it is judged: where it saves too few rows, what it holds and
    /// the rest of the partition go to the buckets directly, since a probe that finds nothing costs more than the row
    /// that it saves. A table that has reached its limit goes to the buckets and starts anew.
    ///
    /// - Parameter limitBytes: bound of the table's slots.
    public func writeMapOutput(
        _ source: BatchSource, partitioning: AnyObject, partitionCount: Int, limitBytes: Int
    ) throws -> MapOutput {
        let buckets = ShuffleBuckets(output, partitionCount: partitionCount)
        let table = makeTable(0)
        var judgedBytes = max(table.byteCount, Self.smallestJudgedBytes)
        var rows = 0
        var combines = true
        try source.forEachBatch { batch in
            guard combines else { return try scatter(batch, buckets, partitioning) }
            rows += batch.count
            try combine(batch, table)
            guard table.byteCount > min(judgedBytes, limitBytes) else { return }
            judgedBytes = table.byteCount
            let isFull = table.byteCount > limitBytes
            combines = rows * 8 >= table.count * (isFull ? Self.worthwhileEighths : Self.promisingEighths)
            if !combines || isFull {
                rows = 0
                try drain(table, buckets, partitioning)
            }
        }
        try drain(table, buckets, partitioning)
        return PartitionedOutput(buckets.finish())
    }

    /// Eighths of rows for each entry of a full table below which combining costs more than it saves.
    private static var worthwhileEighths: Int { 16 }

    /// The same for a table that may still grow: repeated keys show early, however many there are.
    private static var promisingEighths: Int { 9 }

    /// A table up to this size fits the second-level cache and is not judged.
    private static var smallestJudgedBytes: Int { 1 << 20 }

    /// The reduce side: merges the rows of all map tasks, and gives each key once.
    public func mergeRows(_ source: BatchSource, batchBytes: Int) throws -> BatchSource {
        let table = makeTable(source.expectedKeyCount)
        try source.forEachBatch { try merge($0, table) }
        return GeneratorSource(output, batchBytes: batchBytes, state: table, kernel: emit)
    }

    /// Aggregates a partition in place, where the keys are already together.
    public func combineRows(_ source: BatchSource, batchBytes: Int) throws -> BatchSource {
        let table = makeTable(0)
        try source.forEachBatch { try combine($0, table) }
        return GeneratorSource(output, batchBytes: batchBytes, state: table, kernel: emit)
    }
}

/// The map side of a shuffle without aggregation: rows go to their partitions' buckets.
public struct ScatterProgram: Sendable {
    public let row: ElementType
    let scatter: @Sendable (RawBatch, ShuffleBuckets, AnyObject) throws -> Void

    @usableFromInline
    init(row: ElementType, scatter: @escaping @Sendable (RawBatch, ShuffleBuckets, AnyObject) throws -> Void) {
        self.row = row
        self.scatter = scatter
    }

    /// Rows of keys and values, by key.
    @inlinable @inline(__always)
    public static func byKey<Key: Hashable & Sendable, Value>(_: Key.Type, _: Value.Type) -> ScatterProgram {
        ScatterProgram(row: ElementType((Key, Value).self)) { rows, buckets, partitioning in
            let partitioning = unsafeDowncast(partitioning, to: KeyPartitioning<Key>.self)
            try scatterRows(rows.elements((Key, Value).self), buckets, partitioning) { (value: Value) in value }
        }
    }

    /// Any rows, one partition after the other.
    @inlinable @inline(__always)
    public static func roundRobin<Element>(_: Element.Type) -> ScatterProgram {
        ScatterProgram(row: ElementType(Element.self)) { rows, buckets, turn in
            let turn = unsafeDowncast(turn, to: RoundRobin.self)
            let batch = rows.elements(Element.self)
            for index in 0..<batch.count {
                buckets.slot(turn.next(), Element.self).initialize(to: batch.take(index))
            }
        }
    }

    public func writeMapOutput(
        _ source: BatchSource, partitioning: AnyObject, partitionCount: Int
    ) throws -> MapOutput {
        let buckets = ShuffleBuckets(row, partitionCount: partitionCount)
        try source.forEachBatch { try scatter($0, buckets, partitioning) }
        return PartitionedOutput(buckets.finish())
    }
}

/// Deals rows to partitions in turn. Each map task starts elsewhere, so that sizes differ by less than the number
/// of map tasks.
public final class RoundRobin {
    private let partitionCount: Int
    private var current: Int

    public init(partitionCount: Int, start: Int) {
        self.partitionCount = partitionCount
        current = start % partitionCount
    }

    @usableFromInline
    func next() -> Int {
        defer { current = current + 1 == partitionCount ? 0 : current + 1 }
        return current
    }
}

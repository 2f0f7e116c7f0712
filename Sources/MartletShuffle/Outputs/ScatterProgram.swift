public import MartletBlocks

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

    /// Any rows, one bucket after the other.
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

    /// - Parameter partitionCount: how many buckets there are.
    public func writeMapOutput(
        _ source: BatchSource, partitioning: AnyObject, partitionCount: Int, memory: TaskMemory
    ) throws -> MapOutput {
        let writer = BucketWriter(row, partitionCount: partitionCount, memory, for: "writing a shuffle")
        try source.forEachBatch { try writer.write($0) { try scatter($0, writer.buckets, partitioning) } }
        return writer.finish()
    }

    /// The map side of a shuffle that deals its rows.
    public func deal(_ source: BatchSource, bucketCount: Int, memory: TaskMemory) throws -> MapOutput {
        try writeMapOutput(
            source, partitioning: RoundRobin(bucketCount: bucketCount), partitionCount: bucketCount, memory: memory)
    }
}

/// Deals rows to buckets in turn, from the first one on: see `ShuffleLayout.dealt`.
public final class RoundRobin {
    private let bucketCount: Int
    private var current = 0

    public init(bucketCount: Int) { self.bucketCount = bucketCount }

    @usableFromInline
    func next() -> Int {
        defer { current = current + 1 == bucketCount ? 0 : current + 1 }
        return current
    }
}

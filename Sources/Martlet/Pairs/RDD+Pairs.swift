public import MartletBlocks
public import MartletCore
package import MartletLineage
import MartletPlan
public import MartletShuffle
import MartletTasks

extension RDD {
    /// The same elements, each in the partition that the partitioner assigns to its key. Has no effect if the RDD is already
    /// partitioned that way.
    ///
    ///     let ages = context.parallelize([(7, "a"), (8, "b"), (9, "c")], partitions: 3)
    ///     let parity = Partitioner<Int>.custom(identity: "parity", partitionCount: 2) { $0 % 2 }
    ///     try await ages.partitionBy(parity).values().collectPartitions()   // [["b"], ["a", "c"]]
    @inlinable @inline(__always)
    public func partitionBy<Key: Hashable & Sendable, Value: Sendable>(
        _ partitioner: Partitioner<Key>, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> where Element == (Key, Value) {
        placed(
            "partitionBy", CallSite(file: file, line: line), partitioner, ScatterProgram.byKey(Key.self, Value.self))
    }

    /// `partitionBy` that spreads keys by their hash.
    ///
    ///     try await context.parallelize([("a", 1), ("b", 2)], partitions: 4).partitionBy(2).count()   // 2
    @inlinable @inline(__always)
    public func partitionBy<Key: Hashable & Sendable, Value: Sendable>(
        _ partitions: Int, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> where Element == (Key, Value) {
        partitionBy(.hash(partitions), file: file, line: line)
    }

    /// This RDD, shuffled unless it is already partitioned that way.
    @usableFromInline @inline(never)
    func placed<Key: Hashable & Sendable, Value: Sendable>(
        _ operation: String, _ site: CallSite, _ partitioner: Partitioner<Key>?, _ scatter: ScatterProgram
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        if let problem = keyError(Key.self, operation, site) { return broken(operation, site, problem) }
        if let broken: RDD<(Key, Value)> = context.broken(operation, site, unlessUsable: partitioner) { return broken }
        if let later = deferred(operation, site, ids: 2, { placed(operation, site, partitioner, scatter) }) { return later }
        let placement = placement(partitioner)
        if placement.identity == self.partitioner { return self }
        return shuffled(
            operation, site, Element.self, placement.identity, placement.partitioning, combines: false,
            scatter.shuffle(placement.partitioning), program: .compute { sources, _, _ in sources[0] })
    }

    /// Each value changed by `transform`. Keeps the partitioner.
    ///
    ///     let ages = context.parallelize([("Ada", 36), ("Alan", 41)], partitions: 2)
    ///     try await ages.mapValues { $0 + 1 }.collect()   // [("Ada", 37), ("Alan", 42)]
    @inlinable @inline(__always)
    public func mapValues<Key: Hashable & Sendable, Value: Sendable, Output: Sendable>(
        _ transform: @escaping @Sendable (Value) throws -> Output, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Output)> where Element == (Key, Value) {
        step("mapValues", CallSite(file: file, line: line), (Key, Output).self, keepsPartitioner: true) { frame in
            try frame.map { (row: (Key, Value)) in (row.0, try transform(row.1)) }
        }
    }

    /// Each value replaced by the elements of a sequence, each with the value's key. Keeps the partitioner.
    ///
    ///     let lines = context.parallelize([(1, "a b"), (2, "c")], partitions: 2)
    ///     try await lines.flatMapValues { $0.words() }.collect()   // [(1, "a"), (1, "b"), (2, "c")]
    @inlinable @inline(__always)
    public func flatMapValues<Key: Hashable & Sendable, Value: Sendable, Segment: Sequence & SendableMetatype>(
        _ transform: @escaping @Sendable (Value) throws -> Segment, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Segment.Element)> where Element == (Key, Value), Segment.Element: Sendable {
        step(
            "flatMapValues", CallSite(file: file, line: line), (Key, Segment.Element).self, keepsPartitioner: true
        ) { frame in
            try frame.flatMap { (row: (Key, Value)) in KeyedValues(row.0, try transform(row.1)) }
        }
    }

    /// The keys, with duplicates.
    ///
    ///     try await context.parallelize([("a", 1), ("b", 2)], partitions: 2).keys().collect()   // ["a", "b"]
    @inlinable @inline(__always)
    public func keys<Key: Hashable & Sendable, Value: Sendable>(
        file: String = #fileID, line: Int = #line
    ) -> RDD<Key> where Element == (Key, Value) {
        step("keys", CallSite(file: file, line: line), Key.self) { frame in
            try frame.map { (row: (Key, Value)) in row.0 }
        }
    }

    /// The values.
    ///
    ///     try await context.parallelize([("a", 1), ("b", 2)], partitions: 2).values().collect()   // [1, 2]
    @inlinable @inline(__always)
    public func values<Key: Hashable & Sendable, Value: Sendable>(
        file: String = #fileID, line: Int = #line
    ) -> RDD<Value> where Element == (Key, Value) {
        step("values", CallSite(file: file, line: line), Value.self) { frame in
            try frame.map { (row: (Key, Value)) in row.1 }
        }
    }
}

/// The elements of a sequence, each with the same key. A lazy map would call a closure for each.
@frozen @usableFromInline
struct KeyedValues<Key, Segment: Sequence>: Sequence, IteratorProtocol {
    @usableFromInline let key: Key
    @usableFromInline var values: Segment.Iterator

    @inlinable @inline(__always)
    init(_ key: Key, _ segment: Segment) {
        self.key = key
        values = segment.makeIterator()
    }

    @inlinable @inline(__always)
    mutating func next() -> (Key, Segment.Element)? {
        guard let value = values.next() else { return nil }
        return (key, value)
    }
}

extension ScatterProgram {
    /// The map side of a shuffle that only moves rows.
    package func shuffle(_ partitioning: KeyPartitioning<some Hashable & Sendable>) -> ShuffleProgram {
        ShuffleProgram(row: row) { source, _, task in
            try writeMapOutput(
                source, partitioning: partitioning, partitionCount: partitioning.partitionCount, memory: task.memory)
        }
    }
}

public import MartletBlocks

/// The typed kernels of an aggregation by key, made where the types and the user's functions are known.
public struct CombineProgram: Sendable {
    /// Input rows `(key, value)`.
    public let input: ElementType
    /// Shuffled rows `(key, combined)`.
    public let output: ElementType
    let types: (key: ElementType, state: ElementType)
    let makeTable: @Sendable (_ expectedCount: Int) -> AggregationTable
    /// Adds rows `(key, value)`.
    let combine: @Sendable (RawBatch, AggregationTable) throws -> Void
    /// Adds rows `(key, combined)`.
    let merge: @Sendable (RawBatch, AggregationTable) throws -> Void
    /// Writes rows `(key, value)` to their buckets uncombined.
    let scatter: @Sendable (RawBatch, ShuffleBuckets, AnyObject) throws -> Void
    let drain: @Sendable (AggregationTable, ShuffleBuckets, AnyObject) throws -> Void
    let emit: Kernel
    /// Put rows `(key, value)` and `(key, combined)` into the parts of a partition that does not fit into memory.
    let split: ScatterProgram
    let splitCombined: ScatterProgram
    let makeSubdivision: @Sendable (_ level: Int) -> AnyObject

    @usableFromInline
    init(
        input: ElementType, output: ElementType, types: (key: ElementType, state: ElementType),
        makeTable: @escaping @Sendable (Int) -> AggregationTable,
        combine: @escaping @Sendable (RawBatch, AggregationTable) throws -> Void,
        merge: @escaping @Sendable (RawBatch, AggregationTable) throws -> Void,
        scatter: @escaping @Sendable (RawBatch, ShuffleBuckets, AnyObject) throws -> Void,
        drain: @escaping @Sendable (AggregationTable, ShuffleBuckets, AnyObject) throws -> Void,
        emit: @escaping Kernel, split: ScatterProgram, splitCombined: ScatterProgram,
        makeSubdivision: @escaping @Sendable (Int) -> AnyObject
    ) {
        self.input = input
        self.output = output
        self.types = types
        self.split = split
        self.splitCombined = splitCombined
        self.makeSubdivision = makeSubdivision
        self.makeTable = makeTable
        self.combine = combine
        self.merge = merge
        self.scatter = scatter
        self.drain = drain
        self.emit = emit
    }

    /// - Parameters:
    ///   - create: the first value of a key.
    ///   - mergeValue: a further value of a key.
    ///   - mergeCombined: the combined values of a key from two map tasks.
    @inlinable @inline(__always)
    public static func make<Key: Hashable & Sendable, Value, Combined>(
        _: Key.Type = Key.self,
        create: @escaping @Sendable (Value) throws -> Combined,
        mergeValue: @escaping @Sendable (inout Combined, Value) throws -> Void,
        mergeCombined: @escaping @Sendable (inout Combined, Combined) throws -> Void
    ) -> CombineProgram {
        typealias Table = CombineTable<Key, Combined>
        return CombineProgram(
            input: ElementType((Key, Value).self),
            output: ElementType((Key, Combined).self),
            types: (ElementType(Key.self), ElementType(Combined.self)),
            makeTable: { Table(expectedCount: $0) },
            combine: { rows, table in
                try unsafeDowncast(table, to: Table.self)
                    .update(rows.elements((Key, Value).self), create: create, merge: mergeValue)
            },
            merge: { rows, table in
                try unsafeDowncast(table, to: Table.self)
                    .update(rows.elements((Key, Combined).self), create: { $0 }, merge: mergeCombined)
            },
            scatter: { rows, buckets, partitioning in
                let partitioning = unsafeDowncast(partitioning, to: KeyPartitioning<Key>.self)
                try scatterRows(rows.elements((Key, Value).self), buckets, partitioning, transform: create)
            },
            drain: { table, buckets, partitioning in
                let partitioning = unsafeDowncast(partitioning, to: KeyPartitioning<Key>.self)
                try unsafeDowncast(table, to: Table.self).drain(to: buckets, partitioning)
            },
            emit: { frame in
                guard let table = frame.state else { return }
                unsafeDowncast(table, to: Table.self).emit(&frame)
            },
            split: .byKey(Key.self, Value.self), splitCombined: .byKey(Key.self, Combined.self),
            makeSubdivision: { KeyPartitioning<Key>(subdivision: $0) })
    }
}

/// Writes rows to the buckets of their keys' partitions, each value changed by `transform`.
@inlinable @inline(__always)
public func scatterRows<Key: Hashable & Sendable, Value, Written>(
    _ rows: Batch<(Key, Value)>, _ buckets: ShuffleBuckets, _ partitioning: KeyPartitioning<Key>,
    transform: (Value) throws -> Written
) throws {
    let hasher = KeyHasher<Key>()
    var index = 0
    do {
        while index < rows.count {
            let partition = try partitioning.partition(
                of: rows.base[index].0, hash: hasher.hash(rows.base[index].0))
            let (key, value) = rows.take(index)
            index &+= 1
            let written = try transform(value)
            buckets.slot(partition, (Key, Written).self).initialize(to: (key, written))
        }
    } catch {
        rows.discard(from: index)
        throw error
    }
}

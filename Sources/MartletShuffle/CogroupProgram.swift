public import MartletBlocks

/// The typed kernels of a cogroup: one table that both sides are added to.
public struct CogroupProgram: Sendable {
    let output: ElementType
    let makeTable: @Sendable () -> AggregationTable
    let addLeft: @Sendable (RawBatch, AggregationTable) throws -> Void
    let addRight: @Sendable (RawBatch, AggregationTable) throws -> Void
    let emit: Kernel

    @usableFromInline
    init(
        output: ElementType, makeTable: @escaping @Sendable () -> AggregationTable,
        addLeft: @escaping @Sendable (RawBatch, AggregationTable) throws -> Void,
        addRight: @escaping @Sendable (RawBatch, AggregationTable) throws -> Void, emit: @escaping Kernel
    ) {
        self.output = output
        self.makeTable = makeTable
        self.addLeft = addLeft
        self.addRight = addRight
        self.emit = emit
    }

    @inlinable @inline(__always)
    public static func make<Key: Hashable & Sendable, Value, Other>(
        _: Key.Type, _: Value.Type, _: Other.Type
    ) -> CogroupProgram {
        typealias Table = CombineTable<Key, ([Value], [Other])>
        return CogroupProgram(
            output: ElementType((Key, ([Value], [Other])).self),
            makeTable: { Table() },
            addLeft: { rows, table in
                try unsafeDowncast(table, to: Table.self).update(
                    rows.elements((Key, Value).self), create: { ([$0], []) }, merge: { $0.0.append($1) })
            },
            addRight: { rows, table in
                try unsafeDowncast(table, to: Table.self).update(
                    rows.elements((Key, Other).self), create: { ([], [$0]) }, merge: { $0.1.append($1) })
            },
            emit: { frame in
                guard let table = frame.state else { return }
                unsafeDowncast(table, to: Table.self).emit(&frame)
            })
    }

    public func group(
        _ left: BatchSource, _ right: BatchSource, batchBytes: Int, cancellation: CancellationFlag
    ) throws -> BatchSource {
        let table = makeTable()
        try left.forEachBatch { batch in
            try addLeft(batch, table)
            try cancellation.check()
        }
        try right.forEachBatch { batch in
            try addRight(batch, table)
            try cancellation.check()
        }
        return GeneratorSource(output, batchBytes: batchBytes, state: table, kernel: emit)
    }
}

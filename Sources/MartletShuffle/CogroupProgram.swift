public import MartletBlocks

/// Adds one side's rows to the table of a cogroup.
public typealias CogroupSide = @Sendable (RawBatch, AggregationTable) throws -> Void

/// The typed kernels of a cogroup: one table that all sides are added to.
public struct CogroupProgram: Sendable {
    let output: ElementType
    let makeTable: @Sendable () -> AggregationTable
    let sides: [CogroupSide]
    let emit: Kernel

    @usableFromInline
    init(
        output: ElementType, makeTable: @escaping @Sendable () -> AggregationTable, sides: [CogroupSide],
        emit: @escaping Kernel
    ) {
        self.output = output
        self.makeTable = makeTable
        self.sides = sides
        self.emit = emit
    }

    /// - Parameters:
    ///   - sides: made with `side`.
    @inlinable @inline(__always)
    public static func make<Key: Hashable & Sendable, Groups>(
        _: Key.Type, _: Groups.Type, _ sides: [CogroupSide]
    ) -> CogroupProgram {
        typealias Table = CombineTable<Key, Groups>
        return CogroupProgram(
            output: ElementType((Key, Groups).self), makeTable: { Table() }, sides: sides,
            emit: { frame in
                guard let table = frame.state else { return }
                unsafeDowncast(table, to: Table.self).emit(&frame)
            })
    }

    /// - Parameters:
    ///   - create: the groups of a key of which only this value is known.
    ///   - append: adds a value to this side's group.
    @inlinable @inline(__always)
    public static func side<Key: Hashable & Sendable, Value, Groups>(
        _: Key.Type, create: @escaping @Sendable (Value) -> Groups,
        append: @escaping @Sendable (inout Groups, Value) -> Void
    ) -> CogroupSide {
        { rows, table in
            try unsafeDowncast(table, to: CombineTable<Key, Groups>.self)
                .update(rows.elements((Key, Value).self), create: create, merge: append)
        }
    }

    public func group(
        _ sources: [BatchSource], batchBytes: Int, cancellation: CancellationFlag
    ) throws -> BatchSource {
        let table = makeTable()
        for (source, add) in zip(sources, sides) {
            try source.forEachBatch { batch in
                try add(batch, table)
                try cancellation.check()
            }
        }
        return GeneratorSource(output, batchBytes: batchBytes, state: table, kernel: emit)
    }
}

public import MartletBlocks

/// Adds one side's rows to the table of a cogroup.
public typealias CogroupSide = @Sendable (RawBatch, AggregationTable) throws -> Void

/// The typed kernels of a cogroup: one table that all sides are added to.
public struct CogroupProgram: Sendable {
    let output: ElementType
    let makeTable: @Sendable () -> AggregationTable
    let sides: [CogroupSide]
    let restore: CogroupSide
    let split: ScatterProgram
    let types: (key: ElementType, state: ElementType)
    let emit: Kernel

    @usableFromInline
    init(
        output: ElementType, types: (key: ElementType, state: ElementType),
        makeTable: @escaping @Sendable () -> AggregationTable, sides: [CogroupSide], restore: @escaping CogroupSide,
        split: ScatterProgram, emit: @escaping Kernel
    ) {
        self.output = output
        self.types = types
        self.restore = restore
        self.split = split
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
            output: ElementType((Key, Groups).self), types: (ElementType(Key.self), ElementType(Groups.self)),
            makeTable: { Table() }, sides: sides,
            restore: { rows, table in
                // No key of these rows is in the table.
                try unsafeDowncast(table, to: Table.self)
                    .update(rows.elements((Key, Groups).self), create: { $0 }, merge: { $0 = $1 })
            },
            split: .byKey(Key.self, Groups.self),
            emit: { frame in
                guard let table = frame.state else { return }
                unsafeDowncast(table, to: Table.self).emit(&frame)
            })
    }

    /// - Parameters:
    ///   - create: the groups of a key with only this value.
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

    public func group(_ inputs: HashedInputs) throws -> BatchSource {
        let rows = zip(sides, inputs.splits).map { TableProgram.Side(add: $0, split: $1) }
        let program = TableProgram(
            output: output, makeTable: { [makeTable] _ in makeTable() },
            sides: [TableProgram.Side(add: restore, split: split)] + rows, emit: emit,
            makeSubdivision: inputs.makeSubdivision, types: types, name: inputs.operation)
        return try program.collect(inputs.sources, batchBytes: inputs.batchBytes, memory: inputs.memory)
    }
}

public import MartletBlocks
import MartletThreads

/// The typed kernels of `subtractByKey`: the left side is built into a table, and the right side marks the rows that it finds.
public struct SubtractProgram: Sendable {
    let output: ElementType
    let makeTable: @Sendable () -> BuildTable
    let build: @Sendable (RawBatch, BuildTable) -> Void
    let seal: @Sendable (BuildTable) -> Void
    let mark: @Sendable (RawBatch, BuildTable) -> Void
    let emit: Kernel

    @usableFromInline
    init(
        output: ElementType, makeTable: @escaping @Sendable () -> BuildTable,
        build: @escaping @Sendable (RawBatch, BuildTable) -> Void,
        seal: @escaping @Sendable (BuildTable) -> Void,
        mark: @escaping @Sendable (RawBatch, BuildTable) -> Void, emit: @escaping Kernel
    ) {
        self.output = output
        self.makeTable = makeTable
        self.build = build
        self.seal = seal
        self.mark = mark
        self.emit = emit
    }

    @inlinable @inline(__always)
    public static func make<Key: Hashable & Sendable, Value, Other>(
        _: Key.Type, _: Value.Type, _: Other.Type
    ) -> SubtractProgram {
        typealias Table = JoinTable<Key, Value>
        return SubtractProgram(
            output: ElementType((Key, Value).self),
            makeTable: { Table() },
            build: { rows, table in unsafeDowncast(table, to: Table.self).add(rows.elements()) },
            seal: { table in unsafeDowncast(table, to: Table.self).seal(marking: true) },
            mark: { rows, table in
                unsafeDowncast(table, to: Table.self).mark(rows.elements((Key, Other).self))
            },
            emit: { frame in
                guard let table = frame.state else { return }
                unsafeDowncast(table, to: Table.self).emitUnmarked(&frame) { $0 }
            })
    }

    /// The rows of the left side whose keys the right side does not have.
    public func subtract(_ inputs: HashedInputs) throws -> BatchSource {
        let (batchBytes, cancellation) = (inputs.batchBytes, inputs.memory.cancellation)
        return try inputs.join(building: 0, makeTable, add: build) { [seal, mark, output, emit] table, right in
            seal(table)
            try right.forEachBatch { batch in
                mark(batch, table)
                try cancellation.check()
            }
            return GeneratorSource(output, batchBytes: batchBytes, state: table, kernel: emit)
        }
    }
}

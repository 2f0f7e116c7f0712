public import MartletBlocks
public import MartletCore

/// The typed kernels of an inner join.
public struct JoinProgram: Sendable {
    let left: ElementType
    let right: ElementType
    let output: ElementType
    let makeTable: @Sendable () -> BuildTable
    let build: @Sendable (RawBatch, BuildTable) -> Void
    let seal: @Sendable (BuildTable) -> Void
    let probe: Kernel

    @usableFromInline
    init(
        left: ElementType, right: ElementType, output: ElementType,
        makeTable: @escaping @Sendable () -> BuildTable,
        build: @escaping @Sendable (RawBatch, BuildTable) -> Void,
        seal: @escaping @Sendable (BuildTable) -> Void, probe: @escaping Kernel
    ) {
        self.left = left
        self.right = right
        self.output = output
        self.makeTable = makeTable
        self.build = build
        self.seal = seal
        self.probe = probe
    }

    @inlinable @inline(__always)
    public static func make<Key: Hashable & Sendable, Value, Other>(
        _: Key.Type, _: Value.Type, _: Other.Type
    ) -> JoinProgram {
        typealias Table = JoinTable<Key, Value>
        return JoinProgram(
            left: ElementType((Key, Value).self), right: ElementType((Key, Other).self),
            output: ElementType((Key, (Value, Other)).self),
            makeTable: { Table() },
            build: { rows, table in unsafeDowncast(table, to: Table.self).add(rows.elements()) },
            seal: { table in unsafeDowncast(table, to: Table.self).seal() },
            probe: { frame in
                guard let table = frame.state else { return }
                unsafeDowncast(table, to: Table.self).probe(&frame, Other.self)
            })
    }

    /// Builds a table of the left rows and streams the right rows past it.
    public func join(
        _ left: BatchSource, _ right: BatchSource, operation: String, callSite: CallSite, batchBytes: Int,
        cancellation: CancellationFlag
    ) throws -> BatchSource {
        let table = makeTable()
        try left.forEachBatch { batch in
            build(batch, table)
            try cancellation.check()
        }
        seal(table)
        let step = Step(
            kernel: probe, input: self.right, output: output, operation: operation, callSite: callSite)
        return Pipeline(
            source: right, steps: [step], states: [table], batchBytes: batchBytes, cancellation: cancellation)
    }
}

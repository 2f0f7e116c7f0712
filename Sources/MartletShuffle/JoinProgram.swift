public import MartletBlocks
public import MartletCore

/// The typed kernels of an inner join: one side is built into a table, the other is streamed past it.
public struct JoinProgram: Sendable {
    /// The right side is built, since its rows hold no references and the left side's do: rows of the table are copied,
    /// and copying references means counting them.
    let buildsRight: Bool
    let streamed: ElementType
    let output: ElementType
    let makeTable: @Sendable () -> BuildTable
    let build: @Sendable (RawBatch, BuildTable) -> Void
    let seal: @Sendable (BuildTable) -> Void
    let probe: Kernel

    @usableFromInline
    init(
        buildsRight: Bool, streamed: ElementType, output: ElementType,
        makeTable: @escaping @Sendable () -> BuildTable,
        build: @escaping @Sendable (RawBatch, BuildTable) -> Void,
        seal: @escaping @Sendable (BuildTable) -> Void, probe: @escaping Kernel
    ) {
        self.buildsRight = buildsRight
        self.streamed = streamed
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
        if _isPOD((Key, Other).self), !_isPOD((Key, Value).self) {
            return building((Key, Other).self, (Key, Value).self, buildsRight: true) { (other: Other, value: Value) in
                (value, other)
            }
        }
        return building((Key, Value).self, (Key, Other).self, buildsRight: false) { (value: Value, other: Other) in
            (value, other)
        }
    }

    @inlinable @inline(__always)
    static func building<Key: Hashable & Sendable, Built, Streamed, Output>(
        _: (Key, Built).Type, _: (Key, Streamed).Type, buildsRight: Bool,
        pair: @escaping @Sendable (Built, Streamed) -> Output
    ) -> JoinProgram {
        typealias Table = JoinTable<Key, Built>
        return JoinProgram(
            buildsRight: buildsRight, streamed: ElementType((Key, Streamed).self),
            output: ElementType((Key, Output).self),
            makeTable: { Table() },
            build: { rows, table in unsafeDowncast(table, to: Table.self).add(rows.elements()) },
            seal: { table in unsafeDowncast(table, to: Table.self).seal() },
            probe: { frame in
                guard let table = frame.state else { return }
                unsafeDowncast(table, to: Table.self).probe(&frame, pair)
            })
    }

    /// Builds a table of one side's rows and streams the other's past it.
    public func join(
        _ left: BatchSource, _ right: BatchSource, operation: String, callSite: CallSite, batchBytes: Int,
        cancellation: CancellationFlag
    ) throws -> BatchSource {
        let table = makeTable()
        try (buildsRight ? right : left).forEachBatch { batch in
            build(batch, table)
            try cancellation.check()
        }
        seal(table)
        let step = Step(
            kernel: probe, input: streamed, output: output, operation: operation, callSite: callSite)
        return Pipeline(
            source: buildsRight ? left : right, steps: [step], states: [table], batchBytes: batchBytes,
            cancellation: cancellation)
    }
}

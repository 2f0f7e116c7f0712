public import MartletBlocks
public import MartletCore

/// The typed kernels of a join: one side is built into a table, the other is streamed past it.
public struct JoinProgram: Sendable {
    /// The right side is built, and the left streamed.
    let buildsRight: Bool
    let streamed: ElementType
    let output: ElementType
    let makeTable: @Sendable () -> BuildTable
    let build: @Sendable (RawBatch, BuildTable) -> Void
    let seal: @Sendable (BuildTable) -> Void
    let probe: Kernel
    /// Gives the rows of the table without a partner, where the join keeps them.
    let rest: Kernel?

    @usableFromInline
    init(
        buildsRight: Bool, streamed: ElementType, output: ElementType,
        makeTable: @escaping @Sendable () -> BuildTable,
        build: @escaping @Sendable (RawBatch, BuildTable) -> Void,
        seal: @escaping @Sendable (BuildTable) -> Void, probe: @escaping Kernel, rest: Kernel?
    ) {
        self.buildsRight = buildsRight
        self.streamed = streamed
        self.output = output
        self.makeTable = makeTable
        self.build = build
        self.seal = seal
        self.probe = probe
        self.rest = rest
    }

    /// Pairs only. Builds the right side where only the left side's rows hold references: rows of the table are copied,
    /// and copying references means counting them.
    @inlinable @inline(__always)
    public static func inner<Key: Hashable & Sendable, Value, Other>(
        _: Key.Type, _: Value.Type, _: Other.Type
    ) -> JoinProgram {
        if _isPOD((Key, Other).self), !_isPOD((Key, Value).self) {
            return streamingLeft(
                Key.self, pair: { (value: Value, other: Other) in (value, other) }, alone: { _ in nil })
        }
        return streamingRight(
            Key.self, pair: { (value: Value, other: Other) in (value, other) }, alone: { _ in nil })
    }

    /// Pairs, and rows of the left side without a partner. Builds the right side.
    @inlinable @inline(__always)
    public static func leftOuter<Key: Hashable & Sendable, Value, Other>(
        _: Key.Type, _: Value.Type, _: Other.Type
    ) -> JoinProgram {
        streamingLeft(
            Key.self, pair: { (value: Value, other: Other) in (value, Other?.some(other)) },
            alone: { (value: Value) in (value, nil) })
    }

    /// Pairs, and rows of the right side without a partner. Builds the left side.
    @inlinable @inline(__always)
    public static func rightOuter<Key: Hashable & Sendable, Value, Other>(
        _: Key.Type, _: Value.Type, _: Other.Type
    ) -> JoinProgram {
        streamingRight(
            Key.self, pair: { (value: Value, other: Other) in (Value?.some(value), other) },
            alone: { (other: Other) in (nil, other) })
    }

    /// Pairs, and rows of both sides without a partner. Builds the left side.
    @inlinable @inline(__always)
    public static func fullOuter<Key: Hashable & Sendable, Value, Other>(
        _: Key.Type, _: Value.Type, _: Other.Type
    ) -> JoinProgram {
        streamingRight(
            Key.self, pair: { (value: Value, other: Other) in (Value?.some(value), Other?.some(other)) },
            alone: { (other: Other) in (nil, .some(other)) },
            rest: { frame in
                guard let table = frame.state else { return }
                unsafeDowncast(table, to: JoinTable<Key, Value>.self)
                    .emitUnmarked(&frame) { value in (Value?.some(value), Other?.none) }
            })
    }

    @inlinable @inline(__always)
    static func streamingLeft<Key: Hashable & Sendable, Value, Other, Output>(
        _: Key.Type, pair: @escaping @Sendable (Value, Other) -> Output,
        alone: @escaping @Sendable (Value) -> Output?
    ) -> JoinProgram {
        typealias Table = JoinTable<Key, Other>
        return JoinProgram(
            buildsRight: true, streamed: ElementType((Key, Value).self), output: ElementType((Key, Output).self),
            makeTable: { Table() },
            build: { rows, table in unsafeDowncast(table, to: Table.self).add(rows.elements()) },
            seal: { table in unsafeDowncast(table, to: Table.self).seal(marking: false) },
            probe: { frame in
                guard let table = frame.state else { return }
                unsafeDowncast(table, to: Table.self)
                    .probe(&frame, pair: { other, value in pair(value, other) }, alone: alone)
            },
            rest: nil)
    }

    @inlinable @inline(__always)
    static func streamingRight<Key: Hashable & Sendable, Value, Other, Output>(
        _: Key.Type, pair: @escaping @Sendable (Value, Other) -> Output,
        alone: @escaping @Sendable (Other) -> Output?, rest: Kernel? = nil
    ) -> JoinProgram {
        typealias Table = JoinTable<Key, Value>
        let marks = rest != nil
        return JoinProgram(
            buildsRight: false, streamed: ElementType((Key, Other).self), output: ElementType((Key, Output).self),
            makeTable: { Table() },
            build: { rows, table in unsafeDowncast(table, to: Table.self).add(rows.elements()) },
            seal: { table in unsafeDowncast(table, to: Table.self).seal(marking: marks) },
            probe: { frame in
                guard let table = frame.state else { return }
                unsafeDowncast(table, to: Table.self).probe(&frame, pair: pair, alone: alone)
            },
            rest: rest)
    }

    /// Builds a table of one side's rows and streams the other's past it.
    public func join(_ inputs: HashedInputs, callSite: CallSite) throws -> BatchSource {
        let step = Step(
            kernel: probe, input: streamed, output: output, operation: inputs.operation, callSite: callSite)
        let (batchBytes, cancellation) = (inputs.batchBytes, inputs.memory.cancellation)
        return try inputs.join(building: buildsRight ? 1 : 0, makeTable, add: build) { [seal, rest, output] table, stream in
            seal(table)
            let pairs = Pipeline(
                source: stream, steps: [step], states: [table], batchBytes: batchBytes, cancellation: cancellation)
            guard let rest else { return pairs }
            return ConcatenatedSource([
                { pairs }, { GeneratorSource(output, batchBytes: batchBytes, state: table, kernel: rest) },
            ])
        }
    }
}

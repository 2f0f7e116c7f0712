public import MartletBlocks
public import MartletCore
import MartletThreads

/// The typed kernels of an as-of join: one side's rows are kept for each key in the order of time, and the other side's
/// are streamed past them.
public struct AsOfProgram: Sendable {
    let streamed: ElementType
    let output: ElementType
    let kept: ElementType
    let makeRows: @Sendable () -> BuildTable
    let addRows: @Sendable (RawBatch, BuildTable) -> Void
    let makeTable: @Sendable () -> AggregationTable
    let build: CogroupSide
    let order: @Sendable (AggregationTable) -> Void
    let probe: Kernel

    @usableFromInline
    init(
        streamed: ElementType, output: ElementType, kept: ElementType, makeRows: @escaping @Sendable () -> BuildTable,
        addRows: @escaping @Sendable (RawBatch, BuildTable) -> Void,
        makeTable: @escaping @Sendable () -> AggregationTable,
        build: @escaping CogroupSide, order: @escaping @Sendable (AggregationTable) -> Void, probe: @escaping Kernel
    ) {
        self.streamed = streamed
        self.output = output
        self.kept = kept
        self.makeRows = makeRows
        self.addRows = addRows
        self.makeTable = makeTable
        self.build = build
        self.order = order
        self.probe = probe
    }

    /// - Parameters:
    ///   - time: of a streamed row.
    ///   - otherTime: of a kept row.
    ///   - allowsExactMatches: whether a kept row of the same time counts as earlier.
    ///   - isNear: whether an earlier time, given first, is near enough.
    @inlinable @inline(__always)
    public static func make<Key: Hashable & Sendable, Value, Other, Time: Comparable & Sendable>(
        _: Key.Type, time: @escaping @Sendable (Value) throws -> Time,
        otherTime: @escaping @Sendable (Other) throws -> Time,
        allowsExactMatches: Bool, isNear: @escaping @Sendable (Time, Time) -> Bool
    ) -> AsOfProgram {
        typealias Rows = [(time: Time, value: Other)]
        typealias Table = CombineTable<Key, Rows>
        return AsOfProgram(
            streamed: ElementType((Key, Value).self), output: ElementType((Key, (Value, Other?)).self),
            kept: ElementType((Key, Other).self), makeRows: { JoinTable<Key, Other>() },
            addRows: { rows, table in unsafeDowncast(table, to: JoinTable<Key, Other>.self).add(rows.elements()) },
            makeTable: { Table() },
            build: { rows, table in
                try unsafeDowncast(table, to: Table.self).update(
                    rows.elements((Key, Other).self), create: { [(try otherTime($0), $0)] },
                    merge: { $0.append((try otherTime($1), $1)) })
            },
            order: { table in
                unsafeDowncast(table, to: Table.self).forEachValue { rows in orderByTime(&rows) }
            },
            probe: { frame in
                guard let state = frame.state else { return }
                let table = unsafeDowncast(state, to: Table.self)
                try frame.map { (row: (Key, Value)) in
                    let now = try time(row.1)
                    guard let rows = table.find(row.0)?.pointee, 
                        let last = lastIndex(in: rows, before: now, orAt: allowsExactMatches),
                        isNear(rows[last].time, now)
                    else { return (row.0, (row.1, Other?.none)) }
                    return (row.0, (row.1, Other?.some(rows[last].value)))
                }
            })
    }

    /// The streamed rows in their order, each with its match.
    public func join(_ inputs: HashedInputs, callSite: CallSite) throws -> BatchSource {
        let step = Step(kernel: probe, input: streamed, output: output, operation: inputs.operation, callSite: callSite)
        let (batchBytes, cancellation) = (inputs.batchBytes, inputs.memory.cancellation)
        return try inputs.join(building: 1, makeRows, add: addRows) { [self] rows, left in
            let table = makeTable()
            var rest = rows.takeRows()
            defer { kept.discard(rest) }
            while rest.count > 0 {
                var part = rest
                part.count = min(rest.count, BatchBuffer.maximumCount)
                rest.advance(by: part.count, stride: kept.stride)
                try build(part, table)
                try cancellation.check()
            }
            order(table)
            return Pipeline(
                source: left, steps: [step], states: [table], batchBytes: batchBytes, cancellation: cancellation)
        }
    }
}

/// Sorts by time; rows of equal time stay in their order. Rows whose time does not equal itself are left out.
@inlinable
func orderByTime<Time: Comparable, Value>(_ rows: inout [(time: Time, value: Value)]) {
    rows.removeAll { $0.time != $0.time }
    let isOrdered = zip(rows, rows.dropFirst()).allSatisfy { $0.time <= $1.time }
    if isOrdered { return }
    rows = rows.enumerated()
        .sorted { $0.element.time == $1.element.time ? $0.offset < $1.offset : $0.element.time < $1.element.time }
        .map(\.element)
}

/// The last row that is earlier than a time, or not later.
///
/// - Complexity: O(log of the rows).
@inlinable @inline(__always)
func lastIndex<Time: Comparable, Value>(
    in rows: [(time: Time, value: Value)], before time: Time, orAt includesEqual: Bool
) -> Int? {
    var (low, high) = (0, rows.count)
    while low < high {
        let middle = (low + high) / 2
        let isEarlier = includesEqual ? rows[middle].time <= time : rows[middle].time < time
        if isEarlier { low = middle + 1 } else { high = middle }
    }
    return low > 0 ? low - 1 : nil
}

public import MartletBlocks
public import MartletCore
import MartletLineage
import MartletPlan
import MartletShuffle
import MartletTasks
import MartletThreads

extension RDD {
    /// `reduce` that combines the partitions' results in tasks, over several levels, before the caller combines the last
    /// few. Pays off for large results and many partitions.
    ///
    ///     try await context.range(1, 101, partitions: 16).treeReduce(depth: 2, +)   // 5050
    ///
    /// See `treeAggregate` for the levels. Results are combined in the order of the partitions.
    ///
    /// - Parameter depth: levels, at least 1.
    /// - Throws: `EmptyCollectionError` if there is no element; `ArgumentError` for a depth below 1.
    @inlinable @inline(__always)
    public func treeReduce(
        depth: Int = 2,
        _ combine: @escaping @Sendable (Element, Element) throws -> Element, file: String = #fileID, line: Int = #line
    ) async throws -> Element {
        let site = CallSite(file: file, line: line)
        let kernel: FoldKernel<Element?> = { raw, partial in
            let batch: Batch<Element> = raw.elements()
            try foldBatch(batch, into: &partial, combine)
        }
        let parts = try await treeParts(
            "treeReduce", site, depth, from: .plain(Element?.none), changes: .nothing, kernel
        ) { partial, other in
            guard let other else { return }
            partial = try partial.map { try combine($0, other) } ?? other
        }
        return try combined(parts, "treeReduce", site, combine)
    }

    /// `aggregate` that combines the partitions' results in tasks, over several levels, before the caller combines the last
    /// few. Pays off for large results and many partitions.
    ///
    ///     let rolls = context.range(0, 600, partitions: 16).map { $0 % 6 }
    ///     try await rolls.treeAggregate(into: Array(repeating: 0, count: 6)) { counts, side in
    ///         counts[side] += 1
    ///     } combine: { counts, others in
    ///         for side in counts.indices { counts[side] += others[side] }
    ///     }   // [100, 100, 100, 100, 100, 100]
    ///
    /// Each level is a stage, whose tasks combine the results of neighbouring partitions, in their order. With `n`
    /// partitions, a level has as many results as the level below, divided by the `depth`-th root of `n`; levels are added
    /// while each saves the caller more results than it adds: 100 partitions and depth 2 make stages of 100 and 10 tasks, 4
    /// partitions one stage.
    ///
    /// - Parameters:
    ///   - zero: the start of each partition and of the final combination. A value with mutable objects is copied by its
    ///     encoding, as in `aggregate`.
    ///   - depth: levels, at least 1.
    /// - Throws: `ArgumentError` for a depth below 1, or a `zero` that cannot be copied.
    @inlinable @inline(__always)
    public func treeAggregate<Result: Sendable, Added, Combined>(
        into zero: Result, depth: Int = 2,
        _ add: @escaping @Sendable (inout Result, Element) throws -> Added,
        combine: @escaping @Sendable (inout Result, Result) throws -> Combined, file: String = #fileID, line: Int = #line
    ) async throws -> Result {
        let site = CallSite(file: file, line: line)
        if let unused = unusedResult(Added.self, Combined.self, of: Result.self, "treeAggregate", site) { throw unused }
        let kernel: FoldKernel<Result> = { raw, partial in
            try raw.elements(Element.self).forEach { element in try change(&partial, element, by: add) }
        }
        return try await treeAggregated(zero, site, depth, kernel) { try change(&$0, $1, by: combine) }
    }

    /// `treeAggregate` with functions that return the new result.
    ///
    ///     let numbers = context.range(0, 100, partitions: 16)
    ///     try await numbers.treeAggregate(0) { $0 + $1 } combine: { $0 + $1 }   // 4950
    ///
    /// - Parameters:
    ///   - zero: as in the other form.
    ///   - depth: levels, at least 1.
    @inlinable @inline(__always)
    public func treeAggregate<Result: Sendable>(
        _ zero: Result, depth: Int = 2, _ add: @escaping @Sendable (Result, Element) throws -> Result,
        combine: @escaping @Sendable (Result, Result) throws -> Result, file: String = #fileID, line: Int = #line
    ) async throws -> Result {
        let kernel: FoldKernel<Result> = { raw, partial in
            var result = partial
            try raw.elements(Element.self).forEach { element in result = try add(result, element) }
            partial = result
        }
        return try await treeAggregated(zero, CallSite(file: file, line: line), depth, kernel) { $0 = try combine($0, $1) }
    }

    @usableFromInline @inline(never)
    func treeAggregated<Result: Sendable>(
        _ zero: Result, _ site: CallSite, _ depth: Int, _ kernel: @escaping FoldKernel<Result>,
        _ combine: @escaping @Sendable (inout Result, Result) throws -> Void
    ) async throws -> Result {
        let start = try StartValue(zero, "treeAggregate", site)
        let parts = try await treeParts("treeAggregate", site, depth, from: start, changes: start.changes, kernel, combine)
        return try merge(parts, into: start.make(), "treeAggregate", site, combine)
    }

    /// One partial result for each partition, combined until few remain.
    @usableFromInline @inline(never)
    func treeParts<Partial: Sendable>(
        _ operation: String, _ site: CallSite, _ depth: Int, from start: StartValue<Partial>, changes: Changes,
        _ kernel: @escaping FoldKernel<Partial>, _ combine: @escaping @Sendable (inout Partial, Partial) throws -> Void
    ) async throws -> [Partial] {
        try CountLimit.treeDepth.check(depth, operation, site)
        let rows = try ChangedRows(Partial.self, in: ElementType(Partial.self), changes, operation, site)
        try lineage.ensurePlanned()
        var level = folded(operation, site, startingFrom: start, kernel)
        for count in treeLevels(partitionCount, depth: depth) {
            level = level.combined(operation, site, into: count, rows, combine)
        }
        return try await level.foldPartitions(operation, site, from: [Partial](), RDD<Partial>.appendKernel()).flatMap { $0 }
    }

    /// Combines neighbouring partitions, which have one element each, in their order.
    private func combined(
        _ operation: String, _ site: CallSite, into count: Int, _ rows: ChangedRows,
        _ combine: @escaping @Sendable (inout Element, Element) throws -> Void
    ) -> RDD<Element> {
        let scatter = ScatterProgram.roundRobin(Element.self)
        return shuffled(
            operation, site, Element.self, .hash(partitionCount: count), nil, combines: false, keepsPartitioner: false,
            ShuffleProgram(row: scatter.row, layout: .grouped(partitionCount: count)) { source, _, task in
                try scatter.deal(source, bucketCount: 1, memory: task.memory)
            },
            program: .compute { sources, _, task in
                var result: Element?
                try rows.own(sources[0]).forEachBatch { raw in
                    try raw.elements(Element.self).forEach { part in
                        if result == nil { result = part } else { try combine(&result!, part) }
                        try task.cancellation.check()
                    }
                }
                return SliceSource(result.map { [$0] } ?? [], 0..<(result == nil ? 0 : 1))
            })
    }
}

/// The partition counts of the levels of a tree, from the widest on: each level is `scale` times narrower than the one
/// below it, as long as it saves more results than it adds.
///
/// - Source: Spark's `treeAggregate`.
func treeLevels(_ partitionCount: Int, depth: Int) -> [Int] {
    let scale = max(2, rootRoundedUp(of: partitionCount, depth))
    var levels: [Int] = []
    var count = partitionCount
    while count - scale > (count - 1) / scale + 1 {
        count /= scale
        levels.append(count)
    }
    return levels
}

/// The smallest number whose power with the exponent is at least `number`.
private func rootRoundedUp(of number: Int, _ exponent: Int) -> Int {
    var (low, high) = (1, max(1, number))
    while low < high {
        let middle = low + (high - low) / 2
        if power(middle, exponent) < number { low = middle + 1 } else { high = middle }
    }
    return low
}

/// The power; `Int.max` if it overflows.
private func power(_ base: Int, _ exponent: Int) -> Int {
    if base <= 1 { return base }
    var result = 1
    for _ in 0..<exponent {
        let (product, overflow) = result.multipliedReportingOverflow(by: base)
        if overflow { return .max }
        result = product
    }
    return result
}

public import MartletBlocks
public import MartletCore
import MartletExecutor
import MartletPlan
import MartletShuffle

extension RDD {
    /// `reduce` that combines the partitions' results in tasks, over several levels, before the last few meet at the
    /// caller. Pays where results are large and partitions many.
    ///
    ///     try await context.range(1, 101, partitions: 16).treeReduce(depth: 2, +)   // 5050
    ///
    /// - Parameter depth: levels, at least 1.
    /// - Throws: `EmptyCollectionError` if there is no element.
    @inlinable @inline(__always)
    public func treeReduce(
        depth: Int = 2, file: String = #fileID, line: Int = #line,
        _ combine: @escaping @Sendable (Element, Element) throws -> Element
    ) async throws -> Element {
        let site = CallSite(file: file, line: line)
        let kernel: FoldKernel<Element?> = { raw, partial in
            let batch: Batch<Element> = raw.elements()
            try foldBatch(batch, into: &partial, combine)
        }
        let parts = try await treeParts("treeReduce", site, depth, from: Element?.none, kernel) { partial, other in
            guard let other else { return }
            partial = try partial.map { try combine($0, other) } ?? other
        }
        return try combined(parts, "treeReduce", site, combine)
    }

    /// `aggregate` that combines the partitions' results in tasks, over several levels, before the last few meet at
    /// the caller.
    ///
    ///     let rolls = context.range(0, 600, partitions: 16).map { $0 % 6 }
    ///     try await rolls.treeAggregate(into: Array(repeating: 0, count: 6)) { counts, side in
    ///         counts[side] += 1
    ///     } combine: { counts, others in
    ///         for side in counts.indices { counts[side] += others[side] }
    ///     }   // [100, 100, 100, 100, 100, 100]
    ///
    /// - Parameters:
    ///   - zero: where each partition, and the final combination, starts.
    ///   - depth: levels, at least 1.
    @inlinable @inline(__always)
    public func treeAggregate<Result: Sendable>(
        into zero: Result, depth: Int = 2, file: String = #fileID, line: Int = #line,
        _ add: @escaping @Sendable (inout Result, Element) throws -> Void,
        combine: @escaping @Sendable (inout Result, Result) throws -> Void
    ) async throws -> Result {
        let site = CallSite(file: file, line: line)
        let kernel: FoldKernel<Result> = { raw, partial in
            try raw.elements(Element.self).forEach { element in try add(&partial, element) }
        }
        let parts = try await treeParts("treeAggregate", site, depth, from: zero, kernel, combine)
        return try merge(parts, into: zero, "treeAggregate", site, combine)
    }

    /// One partial result for each partition, combined until there are few.
    @usableFromInline @inline(never)
    func treeParts<Partial: Sendable>(
        _ operation: String, _ site: CallSite, _ depth: Int, from initial: Partial,
        _ kernel: @escaping FoldKernel<Partial>, _ combine: @escaping @Sendable (inout Partial, Partial) throws -> Void
    ) async throws -> [Partial] {
        guard depth >= 1 else {
            throw ArgumentError(operation: operation, callSite: site, problem: "a tree has at least 1 level, not \(depth)")
        }
        try lineage.ensurePlanned()
        var level = folded(operation, site, from: initial, kernel)
        for count in treeLevels(partitionCount, depth: depth) {
            let groups = level.packed(operation, site, count)
            level = groups.folded(operation, site, from: Partial?.none) { raw, partial in
                let batch: Batch<Partial> = raw.elements()
                for index in 0..<batch.count {
                    let part = batch.take(index)
                    if partial == nil { partial = part } else { try combine(&partial!, part) }
                }
            }.presentValues(operation, site)
        }
        return try await level.collect(file: site.file, line: site.line)
    }

    private func presentValues<Value: Sendable>(
        _ operation: String, _ site: CallSite
    ) -> RDD<Value> where Element == Value? {
        step(operation, site, Value.self) { frame in try frame.compactMap { (value: Value?) in value } }
    }
}

/// The partition counts of the levels of a tree, from the widest on: each level is `scale` times narrower, as long as
/// that saves more than it adds.
func treeLevels(_ partitionCount: Int, depth: Int) -> [Int] {
    var scale = 2
    while power(scale, depth) < partitionCount { scale += 1 }
    var levels: [Int] = []
    var count = partitionCount
    while count > scale + (count + scale - 1) / scale {
        count = (count + scale - 1) / scale
        levels.append(count)
    }
    return levels
}

private func power(_ base: Int, _ exponent: Int) -> Int {
    var result = 1
    for _ in 0..<exponent {
        let (product, overflow) = result.multipliedReportingOverflow(by: base)
        if overflow { return .max }
        result = product
    }
    return result
}

public import MartletBlocks
public import MartletCore
import MartletExecutor
import MartletPlan
import MartletShuffle

/// Says whether a row, given by its address, lies beyond one end of a range.
public typealias RowTest = @Sendable (UnsafeRawPointer) -> Bool

extension RDD {
    /// The pairs whose keys are in a range, both ends included.
    ///
    ///     let squares = context.range(0, 100, partitions: 4).map { ($0, $0 * $0) }
    ///     try await squares.sortByKey().filterByRange(3...5).collect()   // [(3, 9), (4, 16), (5, 25)]
    ///
    /// Where the RDD is placed by ranges whose bounds are known, only the partitions that can have such keys are left, and
    /// computed. Right after `sortByKey`, each partition finds its first and last row by bisection. Anything else is
    /// filtered.
    @inlinable @inline(__always)
    public func filterByRange<Key: Hashable & Comparable & Sendable, Value: Sendable>(
        _ range: ClosedRange<Key>, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        return candidates(
            range, "filterByRange", site,
            isBelow: { $0.assumingMemoryBound(to: Element.self).pointee.0 < range.lowerBound },
            isAbove: { range.upperBound < $0.assumingMemoryBound(to: Element.self).pointee.0 }
        ).step("filterByRange", site, Element.self, keepsPartitioner: true) { frame in
            try frame.filter { (row: (Key, Value)) in range.contains(row.0) }
        }
    }

    /// What may be in the range, and as little else as can be told without looking at the rows.
    @usableFromInline @inline(never)
    func candidates<Key: Hashable & Comparable & Sendable, Value: Sendable>(
        _ range: ClosedRange<Key>, _ operation: String, _ site: CallSite, isBelow: @escaping RowTest,
        isAbove: @escaping RowTest
    ) -> RDD<Element> where Element == (Key, Value) {
        let later = deferred(operation, site, ids: 1) { candidates(range, operation, site, isBelow: isBelow, isAbove: isAbove) }
        if let later { return later }
        if let known: KeyPartitioning<Key> = keyPartitioning(), let (bounds, isAscending) = known.ranges {
            func place(_ key: Key) -> Int { rangePartition(of: key, bounds: bounds, isAscending: isAscending) }
            let ends = [place(range.lowerBound), place(range.upperBound)].sorted()
            return pruned(to: Array(ends[0]...ends[1]), operation, site)
        }
        guard case .range = partitioner, let isAscending = lineage.shuffles.values.first?.read.sort?.isAscending else {
            return self
        }
        let (isBefore, isAfter) = isAscending ? (isBelow, isAbove) : (isAbove, isBelow)
        return narrow(
            operation, site, Element.self, keepsPartitioner: true,
            program: .compute { sources, _, _ in
                restrictSorted(sources[0], isBefore: isBefore, isAfter: isAfter)
                return sources[0]
            })
    }

    /// Some of the partitions, in the given order; the others are not computed.
    private func pruned(to partitions: [Int], _ operation: String, _ site: CallSite) -> RDD<Element> {
        context.node(
            operation, site, Element.self, partitionCount: partitions.count, parents: [lineage],
            dependencies: [.narrow(NarrowDependency(parent: id, mapping: .groups(partitions.map { [$0] })))],
            program: .concatenate)
    }
}

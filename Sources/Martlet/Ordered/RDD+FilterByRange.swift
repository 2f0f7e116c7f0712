public import MartletBlocks
public import MartletCore
import MartletLineage
import MartletPlan
import MartletShuffle

/// Says whether a row, given by its address, lies beyond one end of a range.
public typealias RowTest = @Sendable (UnsafeRawPointer) -> Bool

/// The first and the last key of a range; nil at an open end.
@usableFromInline
struct RangeEnds<Key: Comparable & Sendable>: Sendable {
    @usableFromInline var first: Key?
    /// For a half-open range, its upper bound, which is not in the range: the filter removes rows with that key.
    @usableFromInline var last: Key?

    @usableFromInline
    init(of range: some RangeExpression<Key>) {
        switch range {
        case let range as ClosedRange<Key>: (first, last) = (range.lowerBound, range.upperBound)
        case let range as Range<Key>: (first, last) = (range.lowerBound, range.upperBound)
        case let range as PartialRangeFrom<Key>: first = range.lowerBound
        case let range as PartialRangeThrough<Key>: last = range.upperBound
        case let range as PartialRangeUpTo<Key>: last = range.upperBound
        default: break
        }
    }
}

extension RDD {
    /// The pairs whose keys are in a range.
    ///
    ///     let squares = context.range(0, 100, partitions: 4).map { ($0, $0 * $0) }
    ///     try await squares.sortByKey().filterByRange(3...5).collect()   // [(3, 9), (4, 16), (5, 25)]
    ///     try await squares.filterByRange(97...).keys().collect()   // [97, 98, 99]
    ///
    /// If the RDD is partitioned by ranges with known bounds, only the partitions that can have such keys are kept and
    /// computed. Right after `sortByKey`, each partition finds its first and last row by bisection. Any other RDD is
    /// filtered.
    ///
    /// - Parameter range: `a...b`, `a..<b`, `a...`, `...b` or `..<b`.
    @inlinable @inline(__always)
    public func filterByRange<Key: Hashable & Comparable & Sendable, Value: Sendable, Keys: RangeExpression & Sendable>(
        _ range: Keys, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Value)> where Element == (Key, Value), Keys.Bound == Key {
        let site = CallSite(file: file, line: line)
        let ends = RangeEnds<Key>(of: range)
        return candidates(
            ends, "filterByRange", site,
            isBelow: { row in
                guard let first = ends.first else { return false }
                return row.assumingMemoryBound(to: Element.self).pointee.0 < first
            },
            isAbove: { row in
                guard let last = ends.last else { return false }
                return last < row.assumingMemoryBound(to: Element.self).pointee.0
            }
        ).step("filterByRange", site, Element.self, keepsPartitioner: true) { frame in
            try frame.filter { (row: (Key, Value)) in range.contains(row.0) }
        }
    }

    /// This RDD without the partitions, or the ends of sorted partitions, that lie outside of the range.
    @usableFromInline @inline(never)
    func candidates<Key: Hashable & Comparable & Sendable, Value: Sendable>(
        _ range: RangeEnds<Key>, _ operation: String, _ site: CallSite, isBelow: @escaping RowTest,
        isAbove: @escaping RowTest
    ) -> RDD<Element> where Element == (Key, Value) {
        let later = deferred(operation, site, ids: 1) { candidates(range, operation, site, isBelow: isBelow, isAbove: isAbove) }
        if let later { return later }
        if let known: KeyPartitioning<Key> = keyPartitioning(), let (bounds, isAscending) = known.ranges {
            func place(_ key: Key) -> Int { rangePartition(of: key, bounds: bounds, isAscending: isAscending) }
            let first = range.first.map(place) ?? (isAscending ? 0 : bounds.count)
            let last = range.last.map(place) ?? (isAscending ? bounds.count : 0)
            return pruned(to: Array(Swift.min(first, last)...Swift.max(first, last)), operation, site)
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

    /// An RDD of the given partitions, in the given order; no other partition is computed.
    func pruned(to partitions: [Int], _ operation: String, _ site: CallSite) -> RDD<Element> {
        context.node(
            operation, site, Element.self, partitionCount: partitions.count, parents: [lineage],
            dependencies: [.narrow(NarrowDependency(parent: id, mapping: .groups(partitions.map { [$0] })))],
            program: .concatenate)
    }
}

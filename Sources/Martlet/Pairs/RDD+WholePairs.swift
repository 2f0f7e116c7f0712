public import MartletBlocks
public import MartletCore
public import MartletShuffle
public import MartletStatistics

// Operations on pairs as whole elements: tuples can neither be compared nor hashed through a protocol, so each is converted to
// a `Pair` meanwhile.

extension RDD {
    /// `max` of pairs, by their keys and then by their values.
    @_disfavoredOverload
    @inlinable @inline(__always)
    public func max<Key: Comparable & Sendable, Value: Comparable & Sendable>(
        file: String = #fileID, line: Int = #line
    ) async throws -> (Key, Value) where Element == (Key, Value) {
        let largest = try await whole("max", CallSite(file: file, line: line)).max(file: file, line: line)
        return (largest.first, largest.second)
    }

    /// `min` of pairs, by their keys and then by their values.
    @_disfavoredOverload
    @inlinable @inline(__always)
    public func min<Key: Comparable & Sendable, Value: Comparable & Sendable>(
        file: String = #fileID, line: Int = #line
    ) async throws -> (Key, Value) where Element == (Key, Value) {
        let smallest = try await whole("min", CallSite(file: file, line: line)).min(file: file, line: line)
        return (smallest.first, smallest.second)
    }

    /// `top` of pairs, by their keys and then by their values.
    @_disfavoredOverload
    @inlinable @inline(__always)
    public func top<Key: Comparable & Sendable, Value: Comparable & Sendable>(
        _ count: Int, file: String = #fileID, line: Int = #line
    ) async throws -> [(Key, Value)] where Element == (Key, Value) {
        try await whole("top", CallSite(file: file, line: line)).top(count, file: file, line: line)
            .map { ($0.first, $0.second) }
    }

    /// `takeOrdered` of pairs, by their keys and then by their values.
    @_disfavoredOverload
    @inlinable @inline(__always)
    public func takeOrdered<Key: Comparable & Sendable, Value: Comparable & Sendable>(
        _ count: Int, file: String = #fileID, line: Int = #line
    ) async throws -> [(Key, Value)] where Element == (Key, Value) {
        try await whole("takeOrdered", CallSite(file: file, line: line)).takeOrdered(count, file: file, line: line)
            .map { ($0.first, $0.second) }
    }

    /// `countByValue` of pairs.
    ///
    ///     let moves = context.parallelize([("e", 4), ("d", 4), ("e", 4)], partitions: 2)
    ///     try await moves.countByValue()[Pair("e", 4)]   // Optional(2)
    @_disfavoredOverload
    @inlinable @inline(__always)
    public func countByValue<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        file: String = #fileID, line: Int = #line
    ) async throws -> [Pair<Key, Value>: Int] where Element == (Key, Value) {
        try await whole("countByValue", CallSite(file: file, line: line)).countByValue(file: file, line: line)
    }

    /// `topK` of pairs.
    ///
    ///     let moves = context.parallelize([("e", 4), ("d", 4), ("e", 4)], partitions: 2)
    ///     try await moves.topK(1)[0].item.first   // "e"
    @_disfavoredOverload
    @inlinable @inline(__always)
    public func topK<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        _ k: Int, counters: Int? = nil, file: String = #fileID, line: Int = #line
    ) async throws -> [FrequentItem<Pair<Key, Value>>] where Element == (Key, Value) {
        try await whole("topK", CallSite(file: file, line: line)).topK(k, counters: counters, file: file, line: line)
    }

    /// `countApproxDistinct` of pairs.
    @_disfavoredOverload
    @inlinable @inline(__always)
    public func countApproxDistinct<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        relativeSD: Double = 0.05, file: String = #fileID, line: Int = #line
    ) async throws -> Int where Element == (Key, Value) {
        try await whole("countApproxDistinct", CallSite(file: file, line: line))
            .countApproxDistinct(relativeSD: relativeSD, file: file, line: line)
    }

    @inlinable @inline(__always)
    func whole<Key: Sendable, Value: Sendable>(
        _ operation: String, _ site: CallSite
    ) -> RDD<Pair<Key, Value>> where Element == (Key, Value) {
        step(operation, site, Pair<Key, Value>.self, keepsPartitioner: true) { frame in
            try frame.map { (row: (Key, Value)) in Pair(row.0, row.1) }
        }
    }
}

public import MartletBlocks
public import MartletCore
public import MartletShuffle

extension RDD where Element: Hashable {
    /// Each distinct element once, in no particular order.
    ///
    ///     let numbers = context.parallelize([3, 1, 3, 2, 1], partitions: 2)
    ///     try await numbers.distinct().collect().sorted()   // [1, 2, 3]
    ///
    /// An RDD that is already partitioned as asked is not shuffled.
    ///
    /// - Parameter partitions: nil keeps the number of partitions.
    @inlinable @inline(__always)
    public func distinct(
        partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        let site = CallSite(file: file, line: line)
        return deferred("distinct", site, ids: 4) { unique(partitions, site) } ?? unique(partitions, site)
    }

    @inlinable @inline(__always)
    func unique(_ partitions: Int?, _ site: CallSite) -> RDD<Element> {
        let isInPlace = partitioner != nil && partitions ?? partitionCount == partitionCount
        let rows = present("distinct", site, keepsPartitioner: isInPlace)
        let unique: RDD<(Element, Present)> =
            isInPlace
            ? rows.combinedInPlace("distinct", site, Self.presence())
            : rows.combine("distinct", site, .hash(partitions ?? Swift.max(partitionCount, 1)), Self.presence())
        return unique.elements("distinct", site, keepsPartitioner: isInPlace)
    }

    /// The elements that both RDDs have, each once, in no particular order.
    ///
    ///     let left = context.parallelize([1, 2, 2, 3], partitions: 2)
    ///     let right = context.parallelize([2, 3, 4], partitions: 3)
    ///     try await left.intersection(right).collect().sorted()   // [2, 3]
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil hashes to the larger of both numbers of partitions, or to the context's default parallelism where
    ///     one is set.
    @inlinable @inline(__always)
    public func intersection(
        _ other: RDD<Element>, partitions: Int? = nil, partitioner: Partitioner<Element>? = nil,
        file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        let site = CallSite(file: file, line: line)
        let place = Partitioner.asked(partitions, partitioner)
        return deferred(with: other, "intersection", site, ids: 6) { common(other, place, site) } ?? common(other, place, site)
    }

    @inlinable @inline(__always)
    func common(_ other: RDD<Element>, _ partitioner: Partitioner<Element>?, _ site: CallSite) -> RDD<Element> {
        let program = CombineProgram.make(
            Element.self, create: { (sides: UInt8) in sides }, mergeValue: { $0 |= $1 }, mergeCombined: { $0 |= $1 })
        let both: RDD<(Element, UInt8)> = context
            .united("intersection", site, [onSide(1, "intersection", site), other.onSide(2, "intersection", site)])
            .combine("intersection", site, partitioner ?? meeting(other), program)
        return both.step("intersection", site, Element.self) { frame in
            try frame.compactMap { (row: (Element, UInt8)) in row.1 == 3 ? row.0 : nil }
        }
    }

    /// The elements that the other RDD does not have, with duplicates.
    ///
    ///     let left = context.parallelize([1, 1, 2, 3], partitions: 2)
    ///     let right = context.parallelize([2, 4], partitions: 3)
    ///     try await left.subtract(right).collect().sorted()   // [1, 1, 3]
    ///
    /// Holds a partition of this side in memory, or parts of it one after the other; the other is streamed past it.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil hashes to this side's number of partitions.
    @inlinable @inline(__always)
    public func subtract(
        _ other: RDD<Element>, partitions: Int? = nil, partitioner: Partitioner<Element>? = nil,
        file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        let site = CallSite(file: file, line: line)
        let place = Partitioner.asked(partitions, partitioner)
        return deferred(with: other, "subtract", site, ids: 6) { remaining(other, place, site) }
            ?? remaining(other, place, site)
    }

    @inlinable @inline(__always)
    func remaining(_ other: RDD<Element>, _ partitioner: Partitioner<Element>?, _ site: CallSite) -> RDD<Element> {
        present("subtract", site).subtracted(
            "subtract", site, other.present("subtract", site),
            partitioner ?? .hash(Swift.max(partitionCount, 1))
        ).elements("subtract", site, keepsPartitioner: false)
    }

    /// Elements as keys. A partitioner may place the elements by a part of them, such as the key of a pair, so it is
    /// dropped unless `keepsPartitioner` is true.
    @inlinable @inline(__always)
    func present(
        _ operation: String, _ site: CallSite, keepsPartitioner: Bool = false
    ) -> RDD<(Element, Present)> {
        step(operation, site, (Element, Present).self, keepsPartitioner: keepsPartitioner) { frame in
            try frame.map { (element: Element) in (element, Present()) }
        }
    }

    @inlinable @inline(__always)
    func onSide(_ side: UInt8, _ operation: String, _ site: CallSite) -> RDD<(Element, UInt8)> {
        step(operation, site, (Element, UInt8).self) { frame in
            try frame.map { (element: Element) in (element, side) }
        }
    }

    @inlinable @inline(__always)
    static func presence() -> CombineProgram {
        CombineProgram.make(
            Element.self, create: { (present: Present) in present }, mergeValue: { _, _ in },
            mergeCombined: { _, _ in })
    }

    /// The partitioner that brings the elements of two RDDs together.
    @usableFromInline
    func meeting(_ other: RDD<Element>) -> Partitioner<Element> {
        .hash(context.settings[.defaultParallelism] ?? Swift.max(partitionCount, other.partitionCount, 1))
    }
}

extension RDD {
    /// Keys as elements.
    @inlinable @inline(__always)
    func elements<Key: Hashable & Sendable>(
        _ operation: String, _ site: CallSite, keepsPartitioner: Bool
    ) -> RDD<Key> where Element == (Key, Present) {
        step(operation, site, Key.self, keepsPartitioner: keepsPartitioner) { frame in
            try frame.map { (row: (Key, Present)) in row.0 }
        }
    }

    /// Tuples as `Pair` values, which can be compared and hashed.
    @inlinable @inline(__always)
    func comparable<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        _ operation: String, _ site: CallSite
    ) -> RDD<Pair<Key, Value>> where Element == (Key, Value) {
        step(operation, site, Pair<Key, Value>.self, keepsPartitioner: true) { frame in
            try frame.map { (row: (Key, Value)) in Pair(row.0, row.1) }
        }
    }

    @inlinable @inline(__always)
    func rows<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        _ operation: String, _ site: CallSite, keepsPartitioner: Bool = false
    ) -> RDD<(Key, Value)> where Element == Pair<Key, Value> {
        step(operation, site, (Key, Value).self, keepsPartitioner: keepsPartitioner) { frame in
            try frame.map { (pair: Pair<Key, Value>) in (pair.first, pair.second) }
        }
    }

    /// Each distinct pair once, in no particular order.
    ///
    ///     let pairs = context.parallelize([("a", 1), ("a", 2), ("a", 1)], partitions: 2)
    ///     try await pairs.distinct().count()   // 2
    ///
    /// An RDD that is already partitioned by key, into as many partitions, is not shuffled and keeps its partitioner.
    @inlinable @inline(__always)
    public func distinct<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        return deferred("distinct", site, ids: 6) { uniqueRows(partitions, site) } ?? uniqueRows(partitions, site)
    }

    @inlinable @inline(__always)
    func uniqueRows<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        _ partitions: Int?, _ site: CallSite
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        let isInPlace = partitioner != nil && partitions ?? partitionCount == partitionCount
        return comparable("distinct", site).unique(partitions, site).rows("distinct", site, keepsPartitioner: isInPlace)
    }

    /// The pairs that both RDDs have, each once.
    ///
    ///     let left = context.parallelize([("a", 1), ("b", 2)], partitions: 2)
    ///     let right = context.parallelize([("a", 1), ("b", 3)], partitions: 2)
    ///     try await left.intersection(right).collect()   // [("a", 1)]
    @inlinable @inline(__always)
    public func intersection<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        _ other: RDD<(Key, Value)>, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        return comparable("intersection", site)
            .intersection(other.comparable("intersection", site), partitions: partitions, file: file, line: line)
            .rows("intersection", site)
    }

    /// The pairs that the other RDD does not have; to go by the key alone, use `subtractByKey`.
    ///
    ///     let left = context.parallelize([("a", 1), ("b", 2)], partitions: 2)
    ///     let right = context.parallelize([("a", 1), ("b", 3)], partitions: 2)
    ///     try await left.subtract(right).collect()   // [("b", 2)]
    @inlinable @inline(__always)
    public func subtract<Key: Hashable & Sendable, Value: Hashable & Sendable>(
        _ other: RDD<(Key, Value)>, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, Value)> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        return comparable("subtract", site)
            .subtract(other.comparable("subtract", site), partitions: partitions, file: file, line: line)
            .rows("subtract", site)
    }
}

/// The value of a key in a set.
@frozen
public struct Present: Sendable, BitwiseCopyable {
    @inlinable init() {}
}

public import MartletBlocks
public import MartletCore
import MartletPlan
public import MartletShuffle

extension RDD {
    /// The values of each key, in the order of the partitions that they came from.
    ///
    ///     let pets = context.parallelize([("cat", 3), ("dog", 1), ("cat", 2)], partitions: 2)
    ///     let groups = pets.groupByKey(partitions: 2).mapValues { $0.sorted() }
    ///     try await groups.sortByKey().collect()   // [("cat", [2, 3]), ("dog", [1])]
    ///
    /// Nothing is combined before the shuffle; an aggregation such as `reduceByKey` moves and holds less. The values of a key
    /// are in memory at once; where those of a partition do not fit, it is divided on disk.
    ///
    /// - Parameter partitioner: nil keeps the RDD's own, or else hashes to the context's default parallelism.
    @inlinable @inline(__always)
    public func groupByKey<Key: Hashable & Sendable, Value: Sendable>(
        partitioner: Partitioner<Key>? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, [Value])> where Element == (Key, Value) {
        grouped("groupByKey", CallSite(file: file, line: line), partitioner)
    }

    /// `groupByKey` into a number of partitions.
    ///
    ///     let pets = context.parallelize([("cat", 3), ("dog", 1), ("cat", 2)], partitions: 2)
    ///     try await pets.groupByKey(partitions: 1).lookup("cat")   // [[3, 2]]
    @inlinable @inline(__always)
    public func groupByKey<Key: Hashable & Sendable, Value: Sendable>(
        partitions: Int, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, [Value])> where Element == (Key, Value) {
        grouped("groupByKey", CallSite(file: file, line: line), .hash(partitions))
    }

    /// The elements that a function gives the same key, together with it.
    ///
    ///     let numbers = context.range(0, 6, partitions: 2)
    ///     let parity = numbers.groupBy(partitions: 1) { $0 % 2 }.mapValues { $0.sorted() }
    ///     try await parity.sortByKey().collect()   // [(0, [0, 2, 4]), (1, [1, 3, 5])]
    ///
    /// - Parameter partitions: nil for the context's default parallelism.
    @inlinable @inline(__always)
    public func groupBy<Key: Hashable & Sendable>(
        partitions: Int? = nil,
        _ key: @escaping @Sendable (Element) throws -> Key, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, [Element])> {
        groupBy(partitioner: partitions.map { .hash($0) }, key, file: file, line: line)
    }

    /// `groupBy` with a partitioner; nil hashes.
    ///
    ///     let numbers = context.range(0, 6, partitions: 2)
    ///     let parity = numbers.groupBy(partitioner: .range(bounds: [0])) { $0 % 2 }
    ///     try await parity.collectPartitions()   // [[(0, [0, 2, 4])], [(1, [1, 3, 5])]]
    @inlinable @inline(__always)
    public func groupBy<Key: Hashable & Sendable>(
        partitioner: Partitioner<Key>?,
        _ key: @escaping @Sendable (Element) throws -> Key, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, [Element])> {
        let site = CallSite(file: file, line: line)
        let keyed = step("groupBy", site, (Key, Element).self) { frame in
            try frame.map { (element: Element) in (try key(element), element) }
        }
        return keyed.grouped("groupBy", site, partitioner)
    }

    @inlinable @inline(__always)
    func grouped<Key: Hashable & Sendable, Value: Sendable>(
        _ operation: String, _ site: CallSite, _ partitioner: Partitioner<Key>?
    ) -> RDD<(Key, [Value])> where Element == (Key, Value) {
        placed(operation, site, partitioner, ScatterProgram.byKey(Key.self, Value.self)).combinedInPlace(
            operation, site,
            CombineProgram.make(
                Key.self, create: { (value: Value) in [value] }, mergeValue: { $0.append($1) },
                mergeCombined: { $0 += $1 }))
    }
}

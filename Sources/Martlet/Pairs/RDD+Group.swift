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
    /// Nothing is combined before the shuffle; an aggregation such as `reduceByKey` moves and holds less. All values of a key
    /// are in memory at once; a partition whose values do not fit is divided on disk.
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil keeps the RDD's own, or else hashes to the context's default parallelism.
    @inlinable @inline(__always)
    public func groupByKey<Key: Hashable & Sendable, Value: Sendable>(
        partitions: Int? = nil, partitioner: Partitioner<Key>? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, [Value])> where Element == (Key, Value) {
        grouped("groupByKey", CallSite(file: file, line: line), .asked(partitions, partitioner))
    }

    /// The elements for which a function returns the same key, together with that key.
    ///
    ///     let numbers = context.range(0, 6, partitions: 2)
    ///     let parity = numbers.groupBy(partitions: 1) { $0 % 2 }.mapValues { $0.sorted() }
    ///     try await parity.sortByKey().collect()   // [(0, [0, 2, 4]), (1, [1, 3, 5])]
    ///
    /// - Parameters:
    ///   - partitions: how many to hash to; nil leaves the choice to `partitioner`.
    ///   - partitioner: nil hashes to the context's default parallelism.
    @inlinable @inline(__always)
    public func groupBy<Key: Hashable & Sendable>(
        partitions: Int? = nil, partitioner: Partitioner<Key>? = nil,
        _ key: @escaping @Sendable (Element) throws -> Key, file: String = #fileID, line: Int = #line
    ) -> RDD<(Key, [Element])> {
        let site = CallSite(file: file, line: line)
        let keyed = step("groupBy", site, (Key, Element).self) { frame in
            try frame.map { (element: Element) in (try key(element), element) }
        }
        return keyed.grouped("groupBy", site, .asked(partitions, partitioner))
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

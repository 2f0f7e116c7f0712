public import MartletCore
import MartletLineage
import MartletPlan
public import MartletShuffle
import MartletTasks

extension RDD {
    /// The elements in the order of a key: partition by partition, and inside each. Equal keys keep their order and
    /// are in one partition.
    ///
    ///     let words = context.parallelize(["three", "one", "seven", "two"], partitions: 2)
    ///     try await words.sortBy { $0.count }.collect()   // ["one", "two", "three", "seven"]
    ///
    /// NaN comes after all numbers, as does every key that contains NaN and so does not equal itself; `Pair` is ordered
    /// part by part. If `<` is no order (as for strings outside of Unicode normal form C), the result has all elements, in
    /// an unspecified order; `<` must give the same answer each time. The key function may be called several times for an
    /// element. Each input partition is sorted where it was computed; a sample of the sorted runs gives the cuts between
    /// the new partitions, into which the runs are merged.
    ///
    /// - Parameter partitions: nil keeps the number of partitions. Few distinct keys leave some of them empty.
    @inlinable @inline(__always)
    public func sortBy<Key: Comparable & Sendable>(
        ascending: Bool = true, partitions: Int? = nil,
        _ key: @escaping @Sendable (Element) throws -> Key, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        sorted(
            "sortBy", CallSite(file: file, line: line), partitions, byKey: false,
            SortProgram.make(ascending: ascending, by: key))
    }

    /// Pairs in the order of their keys.
    ///
    ///     let ages = context.parallelize([("Grace", 85), ("Ada", 36), ("Alan", 41)], partitions: 2)
    ///     try await ages.sortByKey().keys().collect()   // ["Ada", "Alan", "Grace"]
    ///     try await ages.sortByKey(ascending: false).first()   // ("Grace", 85)
    @inlinable @inline(__always)
    public func sortByKey<Key: Comparable & Sendable, Value: Sendable>(
        ascending: Bool = true, partitions: Int? = nil, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> where Element == (Key, Value) {
        sorted(
            "sortByKey", CallSite(file: file, line: line), partitions, byKey: true,
            SortProgram.make(ascending: ascending) { (row: (Key, Value)) in row.0 })
    }

    @usableFromInline @inline(never)
    func sorted(
        _ operation: String, _ site: CallSite, _ partitions: Int?, byKey: Bool, _ program: SortProgram
    ) -> RDD<Element> {
        if let partitions, let broken: RDD = broken(operation, site, unless: partitions, isWithin: .shuffledPartitions) {
            return broken
        }
        if let later = deferred(operation, site, ids: 2, { sorted(operation, site, partitions, byKey: byKey, program) }) {
            return later
        }
        let count = partitions ?? Swift.max(partitionCount, 1)
        let shuffle = ShuffleID(context.makeID())
        let identity = PartitionerIdentity.range(shuffle: shuffle, partitionCount: count)
        let dependency = ShuffleDependency(
            id: shuffle, parent: id, partitionCount: count, partitioner: identity, ordered: true)
        return context.node(
            operation, site, Element.self, partitionCount: count, parents: [lineage],
            dependencies: [.shuffle(dependency)], partitioner: byKey ? identity : nil,
            shuffles: [
                shuffle: ShuffleProgram(row: program.element, sort: program) { source, _, task in
                    try program.writeMapOutput(source, memory: task.memory)
                }
            ],
            program: .compute { sources, _, _ in sources[0] })
    }
}

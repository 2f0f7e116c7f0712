public import MartletCore
import MartletLineage
import MartletPlan
public import MartletShuffle
import MartletTasks

extension RDD {
    /// Pairs placed by a partitioner and, in each partition, in the order of their keys.
    ///
    ///     let pairs = context.parallelize([(3, "c"), (1, "a"), (4, "d"), (2, "b")], partitions: 2)
    ///     let parity = Partitioner<Int>.custom(identity: "parity", partitionCount: 2) { $0 & 1 }
    ///     let sorted = pairs.repartitionAndSortWithinPartitions(parity)
    ///     try await sorted.values().collectPartitions()   // [["b", "d"], ["a", "c"]]
    ///
    /// Cheaper than `partitionBy` and a sort of each partition. An RDD that is already partitioned that way is not
    /// shuffled. Equal keys keep their order. A partition that does not fit into memory is sorted in runs on disk, which
    /// are merged.
    @inlinable @inline(__always)
    public func repartitionAndSortWithinPartitions<Key: Hashable & Comparable & Sendable, Value: Sendable>(
        _ partitioner: Partitioner<Key>, ascending: Bool = true, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> where Element == (Key, Value) {
        let site = CallSite(file: file, line: line)
        let operation = "repartitionAndSortWithinPartitions"
        return placed(operation, site, partitioner, ScatterProgram.byKey(Key.self, Value.self))
            .sortedWithin(operation, site, SortProgram.make(ascending: ascending) { (row: (Key, Value)) in row.0 })
    }

    @usableFromInline @inline(never)
    func sortedWithin(_ operation: String, _ site: CallSite, _ program: SortProgram) -> RDD<Element> {
        narrow(
            operation, site, Element.self, keepsPartitioner: true,
            program: .compute { sources, _, task in
                try program.sortedRows(
                    sources[0], batchBytes: task.environment.batchBytes, memory: task.memory)
            })
    }
}

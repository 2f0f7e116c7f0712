import MartletCore

extension RDD {
    /// The partitions whose numbers satisfy a predicate (Spark's `PartitionPruningRDD`); no other partition is computed.
    ///
    ///     let letters = context.parallelize(["a", "b", "c", "d"], partitions: 4)
    ///     try await letters.keepPartitions { $0 >= 2 }.collect()   // ["c", "d"]
    ///     try await letters.keepPartitions([0, 3].contains).collect()   // ["a", "d"]
    ///
    /// Partitions keep their order, and are numbered anew. The partitioner is lost.
    public func keepPartitions(
        _ isIncluded: @escaping @Sendable (Int) -> Bool, file: String = #fileID, line: Int = #line
    ) -> RDD<Element> {
        kept("keepPartitions", CallSite(file: file, line: line), isIncluded)
    }

    private func kept(_ operation: String, _ site: CallSite, _ isIncluded: @escaping @Sendable (Int) -> Bool) -> RDD<Element> {
        deferred(operation, site, ids: 1) { kept(operation, site, isIncluded) }
            ?? pruned(to: (0..<partitionCount).filter(isIncluded), operation, site)
    }
}

import MartletCore

extension RDD {
    /// The partitions whose numbers a function takes (Spark's `PartitionPruningRDD`); the others are not computed.
    ///
    ///     let letters = context.parallelize(["a", "b", "c", "d"], partitions: 4)
    ///     try await letters.keepPartitions { $0 >= 2 }.collect()   // ["c", "d"]
    ///     try await letters.keepPartitions([0, 3].contains).collect()   // ["a", "d"]
    ///
    /// They keep their order, and are numbered anew. Keys are not known to be in their place any more.
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

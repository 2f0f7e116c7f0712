public import MartletDriver

extension MartletContext {
    /// The persistent RDDs that still exist, by id; in Spark's terms, `getPersistentRDDs` and `getRDDStorageInfo`.
    ///
    ///     let squares = context.range(0, 10, partitions: 2).map { $0 * $0 }.setName("squares").cache()
    ///     try await squares.count()   // 10
    ///     context.persistentRDDs.map { "\($0.name ?? "-"): \($0.cachedPartitionCount)" }   // ["squares: 2"]
    ///     squares.unpersist()
    public var persistentRDDs: [StorageSummary] { driver.storage() }
}

package import MartletBlocks
public import MartletCore
package import MartletExecutor

/// What is kept of an RDD whose partitions are to be kept.
///
///     let numbers = context.range(0, 10, partitions: 2).cache()
///     try await numbers.count()   // 10
///     context.persistentRDDs.map { $0.cachedBytes >= 80 }   // [true]
///     numbers.unpersist()
public struct StorageSummary: Sendable, Hashable {
    /// Of the RDD.
    public let id: RDDID
    /// The name given by `setName`.
    public let name: String?
    /// Where its partitions shall be kept.
    public let storageLevel: StorageLevel
    /// Of the RDD.
    public let partitionCount: Int
    /// Partitions that are kept now.
    public let cachedPartitionCount: Int
    /// - Units: bytes that they hold, without what their elements refer to.
    public let cachedBytes: Int

    package init(_ lineage: Lineage, _ blocks: MemoryStore) {
        id = lineage.id
        name = lineage.name
        storageLevel = lineage.storageLevel
        partitionCount = lineage.partitionCount
        cachedPartitionCount = blocks.partitionCount(of: lineage.id)
        cachedBytes = blocks.byteCount(of: lineage.id)
    }
}

extension MartletContext {
    /// The RDDs that are to be kept and still exist, by id; in Spark's terms, `getPersistentRDDs` and
    /// `getRDDStorageInfo`.
    ///
    ///     let squares = context.range(0, 10, partitions: 2).map { $0 * $0 }.setName("squares").cache()
    ///     try await squares.count()   // 10
    ///     context.persistentRDDs.map { "\($0.name ?? "-"): \($0.cachedPartitionCount)" }   // ["squares: 2"]
    ///     squares.unpersist()
    public var persistentRDDs: [StorageSummary] { driver.storage() }
}

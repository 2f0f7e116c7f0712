package import MartletBlocks
public import MartletCore
package import MartletExecutor

/// What is kept of an RDD whose partitions are to be kept: see `MartletContext.persistentRDDs`.
///
///     let kept = context.range(0, 10, partitions: 2).cache()
///     context.persistentRDDs.first { $0.id == kept.id }?.storageLevel.description ?? ""   // memoryOnly
public struct StorageSummary: Sendable, Hashable {
    /// The RDD's.
    public let id: RDDID
    /// The name given by `setName`.
    public let name: String?
    /// Where its partitions are to be kept.
    public let storageLevel: StorageLevel
    /// All its partitions, kept or not.
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
    ///     _ = try await squares.count()
    ///     context.persistentRDDs.map { "\($0.name ?? "-"): \($0.cachedPartitionCount) of \($0.partitionCount)" }   // ["squares: 2 of 2"]
    ///     squares.unpersist()
    public var persistentRDDs: [StorageSummary] { driver.storage() }
}

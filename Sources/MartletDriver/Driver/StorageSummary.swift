import MartletBlocks
public import MartletCore
package import MartletLineage

/// The cached partitions of a persistent RDD.
///
///     let numbers = context.range(0, 10, partitions: 2).cache()
///     try await numbers.count()   // 10
///     context.persistentRDDs.map { $0.memoryBytes >= 80 && $0.diskBytes == 0 }   // [true]
///     numbers.unpersist()
public struct StorageSummary: Sendable, Hashable {
    /// Of the RDD.
    public let id: RDDID
    /// The name given by `setName`.
    public let name: String?
    /// The storage level that was requested.
    public let storageLevel: StorageLevel
    /// Of the RDD.
    public let partitionCount: Int
    /// Partitions that are cached now.
    public let cachedPartitionCount: Int
    /// Cached partitions that are in memory.
    public let memoryPartitionCount: Int
    /// Cached partitions that are on disk.
    public let diskPartitionCount: Int
    /// - Units: bytes of memory that cached partitions hold; the size of referenced objects is estimated.
    public let memoryBytes: Int
    /// - Units: bytes of their files.
    public let diskBytes: Int

    package init(_ lineage: LineageNode, _ cached: any CachedPartitions) {
        id = lineage.id
        name = lineage.name
        storageLevel = lineage.storageLevel
        partitionCount = lineage.partitionCount
        let (inMemory, onDisk) = cached.byteCounts(of: id)
        cachedPartitionCount = cached.partitionCount(of: id)
        memoryPartitionCount = inMemory.count
        diskPartitionCount = onDisk.count
        memoryBytes = inMemory.values.reduce(0, +)
        diskBytes = onDisk.values.reduce(0, +)
    }
}

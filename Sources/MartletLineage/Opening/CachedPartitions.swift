import MartletBlocks
package import MartletCore
import MartletTasks

/// Where cached partitions are, as the driver sees it.
package protocol CachedPartitions: Sendable {
    /// - Returns: the bytes of each cached partition of an RDD, in memory and on disk.
    func byteCounts(of rdd: RDDID) -> (memory: [Int: Int], disk: [Int: Int])

    /// The number of cached partitions of an RDD.
    func partitionCount(of rdd: RDDID) -> Int

    /// Removes the cached partitions of an RDD. Tasks that read them continue.
    func forget(_ rdd: RDDID)

    /// - Units: bytes of memory that cached partitions and shuffles hold.
    var heldBytes: Int { get }
}

extension CachedPartitions {
    /// Whether one partition is cached.
    package func keeps(_ id: BlockID) -> Bool {
        let (memory, disk) = byteCounts(of: id.rdd)
        return memory[id.partition] != nil || disk[id.partition] != nil
    }
}

extension ExecutorEnvironment: CachedPartitions {
    package func byteCounts(of rdd: RDDID) -> (memory: [Int: Int], disk: [Int: Int]) {
        (blocks.byteCounts(of: rdd), disk.byteCounts(of: rdd))
    }

    package func partitionCount(of rdd: RDDID) -> Int {
        let onDisk = disk.byteCounts(of: rdd)
        if onDisk.isEmpty { return blocks.partitionCount(of: rdd) }
        let inMemory = blocks.byteCounts(of: rdd)
        return inMemory.count + onDisk.keys.count { inMemory[$0] == nil }
    }

    package func forget(_ rdd: RDDID) {
        blocks.remove(rdd)
        disk.remove(rdd)
        remoteBlocks?.forget(rdd)
    }

    package var heldBytes: Int { blocks.ledger.heldBytes }
}

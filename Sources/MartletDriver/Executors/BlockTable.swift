import MartletBlocks
import MartletCore
import MartletLineage
import MartletTasks
import Synchronization

/// The cached partitions that executors have reported.
final class BlockTable: CachedPartitions {
    private let blocks = Mutex<[RDDID: [Int: [ExecutorID: Sizes]]]>([:])

    private struct Sizes: Sendable {
        let memory, disk: Int
    }

    /// The executors that cache a partition, in the order of their ids.
    func holders(of id: BlockID) -> [ExecutorID] {
        blocks.withLock { Array(($0[id.rdd]?[id.partition] ?? [:]).keys) }.sorted()
    }

    /// Records that an executor caches partitions, or caches them no longer.
    func update(_ executor: ExecutorID, _ updates: [BlockUpdate]) {
        if updates.isEmpty { return }
        blocks.withLock { blocks in
            for update in updates {
                let sizes = update.isKept ? Sizes(memory: update.memoryBytes, disk: update.diskBytes) : nil
                blocks[update.id.rdd, default: [:]][update.id.partition, default: [:]][executor] = sizes
                if sizes == nil { Self.tidy(&blocks, update.id) }
            }
        }
    }

    /// Forgets an executor that is gone.
    func forget(_ executor: ExecutorID) {
        blocks.withLock { blocks in
            for (rdd, partitions) in blocks {
                for partition in partitions.keys {
                    blocks[rdd]?[partition]?[executor] = nil
                    Self.tidy(&blocks, BlockID(rdd: rdd, partition: partition))
                }
            }
        }
    }

    private static func tidy(_ blocks: inout [RDDID: [Int: [ExecutorID: Sizes]]], _ id: BlockID) {
        if blocks[id.rdd]?[id.partition]?.isEmpty == true { blocks[id.rdd]?[id.partition] = nil }
        if blocks[id.rdd]?.isEmpty == true { blocks[id.rdd] = nil }
    }

    func forget(_ rdd: RDDID) { blocks.withLock { $0[rdd] = nil } }

    func partitionCount(of rdd: RDDID) -> Int { blocks.withLock { $0[rdd]?.count ?? 0 } }

    func byteCounts(of rdd: RDDID) -> (memory: [Int: Int], disk: [Int: Int]) {
        blocks.withLock { blocks in
            var (memory, disk): ([Int: Int], [Int: Int]) = ([:], [:])
            for (partition, holders) in blocks[rdd] ?? [:] {
                for sizes in holders.values {
                    // An empty partition takes no memory.
                    if sizes.memory > 0 || sizes.disk == 0 { memory[partition, default: 0] += sizes.memory }
                    if sizes.disk > 0 { disk[partition, default: 0] += sizes.disk }
                }
            }
            return (memory, disk)
        }
    }

    var heldBytes: Int {
        blocks.withLock { blocks in
            blocks.values.reduce(0) { sum, partitions in
                partitions.values.reduce(sum) { $1.values.reduce($0) { $0 + $1.memory } }
            }
        }
    }
}

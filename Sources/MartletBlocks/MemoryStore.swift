public import MartletCore
import Synchronization

/// One stored partition of a cached RDD.
public struct BlockID: Hashable, Sendable {
    public let rdd: RDDID
    public let partition: Int

    public init(rdd: RDDID, partition: Int) {
        self.rdd = rdd
        self.partition = partition
    }
}

/// A cached partition. Constant once it exists, so threads may share it.
public final class CachedBlock: @unchecked Sendable {
    public let rows: ChunkList

    public init(_ rows: ChunkList) { self.rows = rows }
}

/// The cached partitions of this process, as typed batches.
public final class MemoryStore: Sendable {
    private let blocks = Mutex<[RDDID: [Int: CachedBlock]]>([:])
    private let ledger: MemoryLedger

    public init(ledger: MemoryLedger) { self.ledger = ledger }

    public func block(_ id: BlockID) -> CachedBlock? { blocks.withLock { $0[id.rdd]?[id.partition] } }

    /// Keeps a block and returns the one to read: the first that was stored under this id.
    public func put(_ block: CachedBlock, as id: BlockID) -> CachedBlock {
        let kept = blocks.withLock { blocks in
            if let known = blocks[id.rdd]?[id.partition] { return known }
            blocks[id.rdd, default: [:]][id.partition] = block
            return block
        }
        if kept === block { ledger.add(block.rows.byteCount) }
        return kept
    }

    /// How many partitions of an RDD are stored.
    public func partitionCount(of rdd: RDDID) -> Int { blocks.withLock { $0[rdd]?.count ?? 0 } }

    /// - Units: bytes.
    public func byteCount(of rdd: RDDID) -> Int {
        blocks.withLock { $0[rdd]?.values.reduce(0) { $0 + $1.rows.byteCount } ?? 0 }
    }

    /// Forgets an RDD's partitions. Tasks that are reading them keep what they hold.
    public func remove(_ rdd: RDDID) {
        let removed = blocks.withLock { $0.removeValue(forKey: rdd) }
        if let removed { ledger.subtract(removed.values.reduce(0) { $0 + $1.rows.byteCount }) }
    }
}

public import MartletCore
import Synchronization

/// The cached partitions of this process on disk, one file of pages each. A block is registered once its file is complete.
public final class DiskStore: Sendable {
    let scratch: ScratchSpace
    private let blocks = Mutex<[RDDID: [Int: DiskBlock]]>([:])

    /// - Parameter scratch: where the files are.
    public init(_ scratch: ScratchSpace) { self.scratch = scratch }

    public func block(_ id: BlockID) -> DiskBlock? { blocks.withLock { $0[id.rdd]?[id.partition] } }

    /// Writes a partition's file, without registering the block.
    ///
    /// - Parameter pages: the first elements, already encoded.
    public func write(
        _ element: ElementType, as id: BlockID, after pages: PageList? = nil, _ write: (ElementPageWriter) throws -> Void
    ) throws -> DiskBlock {
        try DiskBlock.write(element, to: scratch, as: id, after: pages, write)
    }

    /// Registers a block and returns the block to read: the first one registered under this id.
    public func put(_ block: DiskBlock, as id: BlockID) -> DiskBlock {
        blocks.withLock { blocks in
            if let known = blocks[id.rdd]?[id.partition] { return known }
            blocks[id.rdd, default: [:]][id.partition] = block
            return block
        }
    }

    /// The partitions of an RDD on disk, with the sizes of their files.
    public func byteCounts(of rdd: RDDID) -> [Int: Int] { blocks.withLock { $0[rdd]?.mapValues(\.byteCount) ?? [:] } }

    /// Removes an RDD's files. Tasks that are reading them continue.
    public func remove(_ rdd: RDDID) {
        let removed = blocks.withLock { $0.removeValue(forKey: rdd) ?? [:] }
        for block in removed.values { block.removeFile() }
    }

    /// Removes one block, if it is still registered.
    public func remove(_ block: DiskBlock, of id: BlockID) {
        let isStored = blocks.withLock { blocks in
            guard blocks[id.rdd]?[id.partition] === block else { return false }
            blocks[id.rdd]?[id.partition] = nil
            if blocks[id.rdd]?.isEmpty == true { blocks[id.rdd] = nil }
            return true
        }
        if isStored { block.removeFile() }
    }
}

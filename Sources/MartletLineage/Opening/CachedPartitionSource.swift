package import MartletBlocks
package import MartletCore
import MartletTasks

/// A cached partition that some task has stored; calls `drop` if it cannot be read.
private final class CachedPartitionSource: WrappedSource {
    private let id: BlockID
    /// Counts the elements; nil if they are already counted.
    private let counting: TaskContext?
    private let drop: () -> Void

    init(_ source: BatchSource, _ id: BlockID, counting: TaskContext? = nil, drop: @escaping () -> Void) {
        self.id = id
        self.counting = counting
        self.drop = drop
        super.init(source)
    }

    override func next() throws -> RawBatch {
        do {
            let batch = try inner.next()
            counting?.counters.readCached(batch.count)
            return batch
        } catch where !error.isLackOfDescriptors {
            drop()
            throw LostBlock(id: id, cause: error)
        }
    }
}

extension TaskContext {
    /// A partition that is cached in memory, on disk or by another executor; nil if it is not cached.
    ///
    /// - Throws: `LostBlock`, now or when the source is read.
    package func cachedSource(_ id: BlockID, _ element: ElementType) throws -> BatchSource? {
        let (blocks, disk) = (environment.blocks, environment.disk)
        if let block = blocks.block(id) {
            counters.readCached(block.count)
            return try readable(id) { try block.source() } drop: { blocks.remove(block, of: id) }
        }
        guard let block = disk.block(id) else { return try remoteSource(id, element) }
        counters.readCached(block.count)
        return try readable(id) { try block.source() } drop: { disk.remove(block, of: id) }
    }

    /// A partition that another executor caches: read as it arrives. It is not cached here as well, where it would take room
    /// from partitions that no other executor caches.
    private func remoteSource(_ id: BlockID, _ element: ElementType) throws -> BatchSource? {
        guard cachedRDDs.contains(id.rdd), let remote = environment.remoteBlocks, element.encodingProblem == nil,
            let block = remote.open(id)
        else { return nil }
        func avoid() { remote.avoid(block.executor, for: id) }
        do {
            return CachedPartitionSource(try block.source(element), id, counting: self, drop: avoid)
        } catch where !error.isLackOfDescriptors {
            avoid()
            throw LostBlock(id: id, cause: error)
        }
    }

    private func readable(
        _ id: BlockID, _ open: () throws -> BatchSource, drop: @escaping () -> Void
    ) throws -> BatchSource {
        func dropAndTell() {
            drop()
            didStore(id)
        }
        do {
            let source = try open()
            // Unencoded elements in memory cannot be damaged.
            return source is ChunkSource ? source : CachedPartitionSource(source, id, drop: dropAndTell)
        } catch where !error.isLackOfDescriptors {
            dropAndTell()
            throw LostBlock(id: id, cause: error)
        }
    }
}

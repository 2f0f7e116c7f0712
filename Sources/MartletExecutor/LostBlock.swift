import MartletBlocks
package import MartletCore

/// A cached partition cannot be read. It has been dropped: the task is to run again, which computes it.
package struct LostBlock: EngineFailure, CustomStringConvertible {
    package let id: BlockID
    /// Names the file and the place, where there is one.
    package let cause: any Error

    package var description: String {
        "cached partition \(id.partition) of RDD \(id.rdd) cannot be read and is dropped: \(cause)"
    }
}

/// A cached partition that some task has stored; `drop` is called where it cannot be read.
private final class StoredSource: WrappedSource {
    private let id: BlockID
    private let drop: () -> Void

    init(_ source: BatchSource, _ id: BlockID, drop: @escaping () -> Void) {
        self.id = id
        self.drop = drop
        super.init(source)
    }

    override func next() throws -> RawBatch {
        do {
            return try inner.next()
        } catch {
            drop()
            throw LostBlock(id: id, cause: error)
        }
    }
}

extension TaskContext {
    /// A partition that is in memory or on disk; nil for one that is not.
    ///
    /// - Throws: `LostBlock`, now or when the source is read.
    func storedSource(_ id: BlockID) throws -> BatchSource? {
        let (blocks, disk) = (environment.blocks, environment.disk)
        if let block = blocks.block(id) {
            counters.readCached(block.count)
            return try readable(id) { try block.source() } drop: { blocks.remove(block, of: id) }
        }
        guard let block = disk.block(id) else { return nil }
        counters.readCached(block.count)
        return try readable(id) { try block.source() } drop: { disk.remove(block, of: id) }
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
            // Memory that nobody has encoded cannot be damaged.
            return source is ChunkSource ? source : StoredSource(source, id, drop: dropAndTell)
        } catch {
            dropAndTell()
            throw LostBlock(id: id, cause: error)
        }
    }
}

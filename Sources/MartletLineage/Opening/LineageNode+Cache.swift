import MartletBlocks
import MartletCore
import MartletTasks
import MartletThreads

extension LineageNode {
    /// The stored partition; otherwise the computed one, stored during its computation as the RDD's level says.
    func openCached(_ partition: Int, _ context: TaskContext) throws -> BatchSource {
        let id = BlockID(rdd: self.id, partition: partition)
        if let stored = try context.cachedSource(id, elementType) { return stored }
        let level = storageLevel
        if level.usesDisk || level.isSerialized { try located { try elementType.checkEncoding() } }
        let source = try openUncached(partition, context)
        switch (level.usesMemory, level.isSerialized) {
        case (true, false): return try keepRows(source, as: id, level, context)
        case (true, true): return try keepPages(source, as: id, level, context)
        case (false, _): return level.usesDisk ? try keepOnDisk(source, as: id, context) : source
        }
    }

    /// Caches the elements unencoded, as far as there is room.
    private func keepRows(
        _ source: BatchSource, as id: BlockID, _ level: StorageLevel, _ context: TaskContext
    ) throws -> BatchSource {
        let rows = ChunkList(elementType)
        var heap = HeapEstimate(elementType)
        var reservation = context.environment.blocks.reservation(for: id.rdd)
        while true {
            let batch = try source.next()
            if batch.isEmpty { break }
            heap.add(batch)
            rows.append(batch)
            try context.cancellation.check()
            guard let evicted = reservation.grow(to: rows.byteCount + heap.bytes) else {
                // No room: the gathered elements come first, and the rest follows as it is computed.
                let all = OverflowSource(ChunkSource(rows), rest: source)
                return level.usesDisk ? try keepOnDisk(all, as: id, context) : all
            }
            context.didDrop(evicted)
        }
        return try keep(
            CachedBlock(rows, heapBytes: heap.bytes, goesToDisk: level.usesDisk), as: id, reservation, context)
    }

    /// Caches the elements as encoded bytes, as far as there is room.
    private func keepPages(
        _ source: BatchSource, as id: BlockID, _ level: StorageLevel, _ context: TaskContext
    ) throws -> BatchSource {
        let pages = context.environment.makePageList()
        let writer = try located { try ElementPageWriter(elementType, to: pages) }
        var reservation = context.environment.blocks.reservation(for: id.rdd)
        while true {
            let batch = try source.next()
            let isEnd = batch.isEmpty
            try located { if isEnd { try writer.endPage() } else { try writer.append(batch) } }
            try context.cancellation.check()
            guard let evicted = reservation.grow(to: pages.byteCount) else {
                if !isEnd { try located { _ = try writer.endPage() } }
                let rest = isEnd ? EmptySource() : source
                if level.usesDisk { return try keepOnDisk(rest, after: pages, as: id, context) }
                return OverflowSource(try ElementPageSource(elementType, pages), rest: rest)
            }
            context.didDrop(evicted)
            if isEnd { break }
        }
        return try keep(
            CachedBlock(pages, of: elementType, goesToDisk: level.usesDisk), as: id, reservation, context)
    }

    private func keep(
        _ block: CachedBlock, as id: BlockID, _ reservation: consuming StorageReservation, _ context: TaskContext
    ) throws -> BatchSource {
        let blocks = context.environment.blocks
        let kept = blocks.put(block, as: id, reservation)
        if kept === block {
            context.didKeep(id, memoryBytes: block.byteCount)
            noteCopies(of: id, context)
        }
        // If the RDD was unpersisted meanwhile, nothing else removes the block.
        if !storageLevel.isPersistent { blocks.remove(block, of: id) }
        return try located { try kept.source() }
    }

    /// Writes a partition to disk and reads it from there: only one page of it is in memory.
    ///
    /// - Parameter pages: elements that precede the elements of `source`.
    private func keepOnDisk(
        _ source: BatchSource, after pages: PageList? = nil, as id: BlockID, _ context: TaskContext
    ) throws -> BatchSource {
        let disk = context.environment.disk
        let block = try located {
            try disk.write(elementType, as: id, after: pages) { writer in
                while true {
                    let batch = try source.next()
                    if batch.isEmpty { return }
                    try writer.append(batch)
                    try context.cancellation.check()
                }
            }
        }
        let kept = disk.put(block, as: id)
        if kept === block {
            context.didKeep(id, diskBytes: block.byteCount)
            noteCopies(of: id, context)
        }
        let stored = try located { try kept.source() }
        if !storageLevel.isPersistent { disk.remove(block, of: id) }
        return stored
    }

    private func noteCopies(of id: BlockID, _ context: TaskContext) {
        let level = storageLevel
        if level.replication > 1 { context.wantCopies(CopiedPartition(id: id, level: level, element: elementType)) }
    }

    /// An element that cannot be encoded is the fault of the operator that makes it.
    private func located<Result>(_ body: () throws -> Result) throws -> Result {
        try runOperator(operation, at: callSite, body)
    }
}

/// The part of a partition that was held when memory ran out, and then the rest.
private final class OverflowSource: BatchSource {
    private var start: BatchSource?
    private let rest: BatchSource

    init(_ start: BatchSource, rest: BatchSource) {
        self.start = start
        self.rest = rest
    }

    override func next() throws -> RawBatch {
        if let start {
            let batch = try start.next()
            if !batch.isEmpty { return batch }
            self.start = nil
        }
        return try rest.next()
    }
}

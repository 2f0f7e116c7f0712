package import MartletCore

/// Caches copies of other executors' partitions, at their storage level.
package struct BlockReceiver {
    private let blocks: MemoryStore
    private let disk: DiskStore
    /// Receives the evicted blocks.
    private let didEvict: ([Eviction]) -> Void

    /// Where a copy is stored.
    package enum Receipt: Equatable, Sendable {
        /// - Units: bytes of memory.
        case inMemory(Int)
        /// - Units: bytes of a file.
        case onDisk(Int)
        /// There is no room in memory, and the level does not use the disk.
        case noRoom
    }

    package init(_ blocks: MemoryStore, _ disk: DiskStore, didEvict: @escaping ([Eviction]) -> Void = { _ in }) {
        self.blocks = blocks
        self.disk = disk
        self.didEvict = didEvict
    }

    /// Caches a copy once it has arrived completely. An existing copy stays.
    ///
    /// - Parameter pages: holds pages in memory, unchanged, where the storage level is serialized.
    /// - Throws: `FetchFailure` if bytes do not arrive or are damaged, `PageError` if this disk fails; nothing is cached then.
    package func keep(
        _ block: RemoteBlock, _ element: ElementType, _ level: StorageLevel, pages: PageList = PageList()
    ) throws -> Receipt {
        let incoming = try IncomingPages(block, element)
        switch (level.usesMemory, level.isSerialized) {
        case (true, false): return try keepRows(incoming, block.id, level)
        case (true, true): return try keepPages(incoming, pages, block.id, level)
        case (false, _): return level.usesDisk ? try keepOnDisk(incoming, block.id) { _ in } : .noRoom
        }
    }

    private func keepRows(_ incoming: IncomingPages, _ id: BlockID, _ level: StorageLevel) throws -> Receipt {
        let rows = ChunkList(incoming.element)
        var heap = HeapEstimate(incoming.element)
        var reservation = blocks.reservation(for: id.rdd)
        let source = try ElementPageSource(incoming.element, incoming, owner: nil)
        while true {
            let batch = try source.next()
            if batch.isEmpty { break }
            heap.add(batch)
            rows.append(batch)
            guard let evicted = reservation.grow(to: rows.byteCount + heap.bytes) else {
                guard level.usesDisk else { return .noRoom }
                return try keepOnDisk(incoming, id) { try ChunkSource(rows).forEachBatch($0.append) }
            }
            didEvict(evicted)
        }
        let made = CachedBlock(rows, heapBytes: heap.bytes, goesToDisk: level.usesDisk)
        return .inMemory(blocks.put(made, as: id, reservation).byteCount)
    }

    private func keepPages(
        _ incoming: IncomingPages, _ pages: PageList, _ id: BlockID, _ level: StorageLevel
    ) throws -> Receipt {
        var reservation = blocks.reservation(for: id.rdd)
        while let (page, count) = try incoming.next() {
            pages.append(encodedPage: page, count: count)
            guard let evicted = reservation.grow(to: pages.byteCount) else {
                guard level.usesDisk else { return .noRoom }
                return try keepOnDisk(incoming, id, after: pages) { _ in }
            }
            didEvict(evicted)
        }
        let made = CachedBlock(pages, of: incoming.element, goesToDisk: level.usesDisk)
        return .inMemory(blocks.put(made, as: id, reservation).byteCount)
    }

    /// - Parameter before: writes the decoded elements that precede the remaining incoming pages.
    private func keepOnDisk(
        _ incoming: IncomingPages, _ id: BlockID, after pages: PageList? = nil, _ before: (ElementPageWriter) throws -> Void
    ) throws -> Receipt {
        let made = try disk.write(incoming.element, as: id, after: pages) { writer in
            try before(writer)
            while let (page, count) = try incoming.next() { try writer.append(encoded: page, count: count) }
        }
        return .onDisk(disk.put(made, as: id).byteCount)
    }
}

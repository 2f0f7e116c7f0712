import MartletCore

/// A cached partition in memory. Constant once it exists, so threads may share it.
public final class CachedBlock: @unchecked Sendable {
    let content: Content
    /// The block is written to disk when it is evicted.
    public let goesToDisk: Bool

    enum Content {
        case rows(ChunkList, heapBytes: Int)
        case pages(PageList, ElementType)
    }

    /// Keeps elements as they are.
    ///
    /// - Parameter heapBytes: the estimated bytes that the elements refer to.
    public init(_ rows: ChunkList, heapBytes: Int = 0, goesToDisk: Bool = false) {
        content = .rows(rows, heapBytes: heapBytes)
        self.goesToDisk = goesToDisk
    }

    /// Keeps encoded elements.
    public init(_ pages: PageList, of element: ElementType, goesToDisk: Bool = false) {
        content = .pages(pages, element)
        self.goesToDisk = goesToDisk
    }

    /// - Units: bytes of memory, including the estimated bytes that elements refer to.
    public var byteCount: Int {
        switch content {
        case .rows(let rows, let heapBytes): rows.byteCount + heapBytes
        case .pages(let pages, _): pages.byteCount
        }
    }

    /// Elements.
    public var count: Int {
        switch content {
        case .rows(let rows, _): rows.count
        case .pages(let pages, _): pages.count
        }
    }

    /// The elements in their order.
    ///
    /// - Throws: `PortableError`.
    public func source() throws -> BatchSource {
        switch content {
        case .rows(let rows, _): ChunkSource(rows, owner: self)
        case .pages(let pages, let element): try ElementPageSource(element, pages, owner: self)
        }
    }

    /// Writes the block to disk. Encoded pages are written unchanged.
    func write(to scratch: ScratchSpace, as id: BlockID) throws -> DiskBlock {
        switch content {
        case .rows(let rows, _):
            try DiskBlock.write(rows.element, to: scratch, as: id) { writer in
                for index in 0..<rows.chunkCount { try writer.append(rows.batch(index)) }
            }
        case .pages(let pages, let element):
            try DiskBlock.write(element, to: scratch, as: id, after: pages) { _ in }
        }
    }
}

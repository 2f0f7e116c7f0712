/// A cached partition in memory. Constant once it exists, so threads may share it.
public final class CachedBlock: @unchecked Sendable {
    private let content: Content
    /// What has to make room is written to disk.
    public let goesToDisk: Bool

    private enum Content {
        case rows(ChunkList)
        case pages(PageList, ElementType)
    }

    /// Keeps elements as they are.
    public init(_ rows: ChunkList, goesToDisk: Bool = false) {
        content = .rows(rows)
        self.goesToDisk = goesToDisk
    }

    /// Keeps encoded elements.
    public init(_ pages: PageList, of element: ElementType, goesToDisk: Bool = false) {
        content = .pages(pages, element)
        self.goesToDisk = goesToDisk
    }

    /// - Units: bytes of memory, without what elements refer to.
    public var byteCount: Int {
        switch content {
        case .rows(let rows): rows.byteCount
        case .pages(let pages, _): pages.byteCount
        }
    }

    /// Elements.
    public var count: Int {
        switch content {
        case .rows(let rows): rows.count
        case .pages(let pages, _): pages.count
        }
    }

    /// The elements in their order.
    ///
    /// - Throws: `PortableError`.
    public func source() throws -> BatchSource {
        switch content {
        case .rows(let rows): ChunkSource(rows, owner: self)
        case .pages(let pages, let element): try ElementPageSource(element, pages, owner: self)
        }
    }

    /// Writes the block to disk; encoded pages as they are.
    func write(to scratch: ScratchSpace, as id: BlockID) throws -> DiskBlock {
        switch content {
        case .rows(let rows):
            try DiskBlock.write(rows.element, to: scratch, as: id) { writer in
                for index in 0..<rows.chunkCount { try writer.append(rows.batch(index)) }
            }
        case .pages(let pages, let element):
            try DiskBlock.write(element, to: scratch, as: id, after: pages) { _ in }
        }
    }
}

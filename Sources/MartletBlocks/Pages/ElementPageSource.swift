import MartletFiles
import MartletPages
import MartletPortable

/// Reads pages that an `ElementPageWriter` has written: a batch for each page.
public final class ElementPageSource: BatchSource {
    private let element: ElementType
    private let coder: ValueCoder
    private let pages: any PageInput
    /// Kept alive while the pages are read.
    private let owner: AnyObject?
    private var buffer: UnsafeMutableRawPointer
    private var capacity = 0

    init(_ element: ElementType, _ pages: any PageInput, owner: AnyObject?) throws {
        self.element = element
        coder = try ValueCoder.of(element.type)
        self.pages = pages
        self.owner = owner
        buffer = .allocate(byteCount: 16, alignment: 16)
    }

    /// Reads a file of this machine.
    ///
    /// - Parameter segment: nil for the whole file, whose pages are then checked for completeness and order.
    /// - Throws: `PortableError`, `PageError` for a missing or incomplete file.
    public convenience init(
        _ element: ElementType, path: String, segment: PageSegment? = nil, owner: AnyObject? = nil
    ) throws {
        let pages: any PageInput = try segment.map { try SegmentPages(path: path, $0) } ?? FilePages(PageFileReader(path: path))
        try self.init(element, pages, owner: owner)
    }

    /// Reads a whole file of the file system that its path names. Its pages are checked for completeness and order.
    ///
    /// - Throws: `PortableError`, `PageError` for a missing or incomplete file.
    package convenience init(_ element: ElementType, input path: String) throws {
        try self.init(element, FilePages(PageFileReader(input: path)), owner: nil)
    }

    /// Reads pages in memory.
    public convenience init(_ element: ElementType, _ list: PageList, owner: AnyObject? = nil) throws {
        try self.init(element, ListedPages(list), owner: owner)
    }

    /// Reads pages that lie one after the other in memory.
    package convenience init(_ element: ElementType, bytes: [UInt8], _ range: Range<Int>, name: String) throws {
        try self.init(element, PagesInBytes(bytes, range, name), owner: nil)
    }

    deinit { buffer.deallocate() }

    /// - Throws: `PageError.damaged` if the bytes differ from the written ones.
    public override func next() throws -> RawBatch {
        while true {
            var count = 0
            let isThere = try pages.withNextPage(elementHash: coder.layoutHash) { page in
                count = page.header.count
                guard count > 0 else { return }
                reserve(count)
                try page.withContent { try decode($0, count: count) }
            }
            guard isThere else { return .end }
            if count > 0 { return RawBatch(base: buffer, count: count, isOwned: true) }
        }
    }

    /// Initialises all elements of a page, or none.
    private func decode(_ content: UnsafeRawBufferPointer, count: Int) throws(PortableError) {
        var made = 0
        var position = 0
        do throws(PortableError) {
            while made < count {
                if coder.isBitwise {
                    made = count
                    position = try coder.decode(content, count: count, to: buffer)
                    continue
                }
                let left = content.count - position
                guard left >= 4 else { throw damaged(position, "a part is missing") }
                let part = Int(content.loadUnaligned(fromByteOffset: position, as: UInt32.self))
                guard part > 0, part <= count - made else { throw damaged(position, "a part of \(part) elements") }
                position += 4
                position += try coder.decode(
                    UnsafeRawBufferPointer(rebasing: content[position...]), count: part,
                    to: buffer + made * element.stride)
                made += part
            }
            guard position == content.count else { throw damaged(position, "bytes are left over") }
        } catch {
            element.destroy(buffer, count: made)
            throw error
        }
    }

    private func damaged(_ position: Int, _ problem: String) -> PortableError {
        .damaged(type: coder.typeName, position: position, problem: problem)
    }

    private func reserve(_ count: Int) {
        guard count > capacity else { return }
        buffer.deallocate()
        capacity = count
        buffer = .allocate(byteCount: count * max(element.stride, 1), alignment: max(element.alignment, 64))
    }
}

/// A page that is damaged, or cannot be written, is the disk's failure and not that of an operator's function.
extension PageError: EngineFailure {}

extension Error {
    /// Bytes cannot be read intact from the disk, or fetched intact from another executor.
    public var isDamage: Bool {
        switch self as any Error {
        case _ where isLackOfDescriptors: false
        case PageError.damaged, PageError.unreadable, PortableError.damaged, is FetchFailure: true
        default: false
        }
    }

    /// Too many files are open, here or at the holder: the data itself is intact.
    public var isLackOfDescriptors: Bool {
        switch self as any Error {
        case FileError.tooManyOpenFiles, PageError.unreadable(.tooManyOpenFiles): true
        case let failure as FetchFailure: failure.cause == .openFiles
        default: false
        }
    }
}

extension PageFileReader {
    /// Whether a file can be opened and has its end; true if no descriptor is free for the check. Does not read its content.
    package static func isThere(_ path: String) -> Bool {
        do {
            _ = try PageFileReader(path: path)
            return true
        } catch {
            return error.isLackOfDescriptors
        }
    }
}

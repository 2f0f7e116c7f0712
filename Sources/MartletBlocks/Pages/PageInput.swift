import MartletPages

/// A sequence of pages.
protocol PageInput: AnyObject {
    /// Lends the next page to `body`.
    ///
    /// - Parameter elementHash: the type that the values must have.
    /// - Returns: false, without calling `body`, after the last page.
    func withNextPage(elementHash: UInt64, _ body: (Page) throws -> Void) throws -> Bool
}

/// A whole file, whose pages are checked for completeness and order.
final class FilePages: PageInput {
    private let file: PageFileReader

    init(_ file: PageFileReader) { self.file = file }

    func withNextPage(elementHash: UInt64, _ body: (Page) throws -> Void) throws -> Bool {
        guard let page = try file.next(elementHash: elementHash) else { return false }
        try body(page)
        return true
    }
}

/// One segment of a file.
final class SegmentPages: PageInput {
    private let file: PageFileReader
    private let end: Int
    private var offset: Int

    init(path: String, _ segment: PageSegment) throws {
        file = try PageFileReader(path: path)
        (offset, end) = (segment.offset, segment.end)
    }

    func withNextPage(elementHash: UInt64, _ body: (Page) throws -> Void) throws -> Bool {
        guard offset < end else { return false }
        let page = try file.page(at: offset, elementHash: elementHash)
        offset += page.header.pageBytes
        try body(page)
        return true
    }
}

/// Pages in memory.
final class ListedPages: PageInput {
    private let list: PageList
    private let decoder = PageDecoder()
    private var index = 0

    init(_ list: PageList) { self.list = list }

    func withNextPage(elementHash: UInt64, _ body: (Page) throws -> Void) throws -> Bool {
        guard index < list.pages.count else { return false }
        defer { index += 1 }
        try list.pages[index].withUnsafeBytes { try body(decoder.decode($0, elementHash: elementHash)) }
        return true
    }
}

/// Pages in bytes, one after the other.
final class PagesInBytes: PageInput {
    private let bytes: [UInt8]
    private let end: Int
    private var offset: Int
    private let name: String
    private let decoder = PageDecoder()

    /// - Parameter range: inside of the bytes.
    init(_ bytes: [UInt8], _ range: Range<Int>, _ name: String) {
        self.bytes = bytes
        (offset, end) = (range.lowerBound, range.upperBound)
        self.name = name
    }

    func withNextPage(elementHash: UInt64, _ body: (Page) throws -> Void) throws -> Bool {
        guard offset < end else { return false }
        try bytes.withUnsafeBytes { all in
            let rest = UnsafeRawBufferPointer(rebasing: all[offset..<end])
            let page = try decoder.decodeFirst(of: rest, elementHash: elementHash, file: name, offset: offset)
            offset += page.header.pageBytes
            try body(page)
        }
        return true
    }
}

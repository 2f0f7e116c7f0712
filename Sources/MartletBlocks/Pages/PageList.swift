public import MartletPages

/// Elements of one type as encoded pages in memory.
///
/// Written by one thread; constant from then on, so threads may share it.
public final class PageList: @unchecked Sendable {
    private let encoder: PageEncoder
    private(set) var pages: [[UInt8]] = []
    /// - Units: bytes of memory that the pages hold.
    public private(set) var byteCount = 0
    /// Elements in all.
    public private(set) var count = 0

    /// - Parameter encoder: raw unless the pages are to be compressed.
    public init(encoder: PageEncoder = PageEncoder(codec: .raw)) { self.encoder = encoder }

}

extension PageList: PageOutput {
    func append(content: UnsafeRawBufferPointer, count: Int, elementHash: UInt64, recordBytes: Int) throws {
        var page: [UInt8] = []
        try encoder.encode(content, count: count, elementHash: elementHash, recordBytes: recordBytes, into: &page)
        byteCount += page.capacity
        self.count += count
        pages.append(page)
    }

    func append(encodedPage page: [UInt8], count: Int) {
        pages.append(page)
        byteCount += page.capacity
        self.count += count
    }

    var pageBytes: Int { byteCount }

    func finish() throws -> Int { byteCount }

    func cancel() {}
}

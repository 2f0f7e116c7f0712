import MartletPages

/// Receives pages: a file or memory.
protocol PageOutput: AnyObject {
    /// - Parameter recordBytes: the size of the records that the content consists of; 0 for content of another kind.
    func append(content: UnsafeRawBufferPointer, count: Int, elementHash: UInt64, recordBytes: Int) throws
    /// Adds a page that an encoder has made.
    func append(encodedPage page: [UInt8], count: Int) throws
    /// - Units: bytes of the pages so far.
    var pageBytes: Int { get }
    /// - Returns: the bytes in all.
    func finish() throws -> Int
    /// Discards the written pages.
    func cancel()
}

extension PageFileWriter: PageOutput {
    func append(content: UnsafeRawBufferPointer, count: Int, elementHash: UInt64, recordBytes: Int) throws {
        _ = try append(content, count: count, elementHash: elementHash, recordBytes: recordBytes)
    }

    func append(encodedPage page: [UInt8], count: Int) throws { try append(encoded: page.span) }
}

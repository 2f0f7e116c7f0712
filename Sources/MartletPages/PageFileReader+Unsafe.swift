// Unsafe: bodies are read into `buffer`, which only `read` resizes; pages are regions of it, or of the decoder's buffer,
// valid until the next call.

import Glibc
package import MartletFiles

/// Reads a file of pages, from its start or at offsets.
///
/// Opening it checks that the file is complete. Holds the largest body and content so far, and one descriptor.
/// Not for use by two threads at a time.
@safe public final class PageFileReader {
    /// The file.
    public var path: String { file.path }
    /// The number of pages.
    public var pageCount: Int { footer.pageCount }
    /// The size of all pages.
    public var pageBytes: Int { footer.pageBytes }

    private let file: any InputFile
    private let footer: PageFooter
    private let decoder = PageDecoder()
    private let headerBytes = PaddedBuffer(capacity: PageHeader.byteCount)
    private var buffer = PaddedBuffer(capacity: 0)
    /// The pages that `next` has returned.
    private var passed = PageFooter()
    private var failure: PageError?

    /// Opens a file of this machine and checks its footer.
    ///
    /// - Throws: `unreadable`; `damaged` if the file is incomplete.
    public convenience init(path: String) throws(PageError) {
        unsafe try self.init(path: path, read: pread)
    }

    /// - Parameter read: the system's `pread`, which a test may replace.
    package convenience init(path: String, read: @escaping SystemRead) throws(PageError) {
        try self.init { () throws(FileError) in unsafe try LocalInputFile.open(path, read: read) }
    }

    /// Opens a file of the file system that its path names, and checks its footer.
    ///
    /// - Parameter path: that of a `FileLocation`.
    package convenience init(input path: String) throws(PageError) {
        try self.init { () throws(FileError) in try FileSystems.of(path).open(path) }
    }

    private init(_ open: () throws(FileError) -> any InputFile) throws(PageError) {
        do throws(FileError) {
            file = try open()
        } catch {
            throw .unreadable(error)
        }
        footer = try Self.readFooter(file)
    }

    private static func readFooter(_ file: any InputFile) throws(PageError) -> PageFooter {
        let start = max(0, file.size - PageFooter.byteCount)
        let buffer = PaddedBuffer(capacity: PageFooter.byteCount)
        let space = unsafe buffer[0..<(file.size - start)]
        do throws(FileError) {
            _ = unsafe try file.read(into: space, at: start)
        } catch {
            throw .unreadable(error)
        }
        do throws(PageFault) {
            let footer = unsafe try PageFooter(UnsafeRawBufferPointer(space))
            if footer.pageBytes == start { return footer }
            let (expected, isTooLarge) = footer.pageBytes.addingReportingOverflow(PageFooter.byteCount)
            throw isTooLarge
                ? .impossible("it counts \(footer.pageBytes) bytes of pages")
                : .fileBytes(expected: expected, found: file.size)
        } catch {
            throw .damaged(file: file.path, offset: start, fault: error)
        }
    }

    /// The next page, in file order.
    ///
    /// - Parameter elementHash: the type that the values must have; nil for any.
    /// - Returns: the page, valid until the next call of `next` or `page(at:)`; nil after the last page.
    /// - Throws: `damaged`, also after the last page if the pages are intact but are not the written ones; `unreadable`.
    ///   Later calls throw the same error; earlier pages were correct.
    public func next(elementHash: UInt64? = nil) throws(PageError) -> Page? {
        if let failure { throw failure }
        do throws(PageError) {
            let offset = passed.pageBytes
            if offset == footer.pageBytes {
                try checkEnd()
                return nil
            }
            let page = try page(at: offset, elementHash: elementHash)
            let sealed = unsafe PageHeader.checksumField(
                of: UnsafeRawBufferPointer(headerBytes[0..<PageHeader.byteCount]))
            passed.add(page.header, headerChecksum: sealed)
            return page
        } catch {
            failure = error
            throw error
        }
    }

    /// The page that begins at `offset`, as returned by `PageFileWriter.append`. Does not change the position of `next`.
    ///
    /// - Returns: the page, valid until the next call of `page(at:)` or `next`.
    /// - Throws: `damaged`, also if no page begins there; `unreadable`.
    public func page(at offset: Int, elementHash: UInt64? = nil) throws(PageError) -> Page {
        let header = try readPage(at: offset)
        let body = unsafe buffer[0..<header.storedBytes]
        do throws(PageFault) {
            let page = unsafe try decoder.decode(header, UnsafeRawBufferPointer(body), elementHash: elementHash)
            return page.owned(by: self)
        } catch {
            throw damaged(offset, error)
        }
    }

    /// Reads a stored page: its header into `headerBytes`, its body, unchecked, into `buffer`.
    private func readPage(at offset: Int) throws(PageError) -> PageHeader {
        precondition(offset >= 0, "an offset is not negative")
        let header = try readHeader(at: offset)
        let start = offset + PageHeader.byteCount
        guard header.storedBytes <= footer.pageBytes - start else {
            throw damaged(offset, .cut(expected: header.pageBytes, found: footer.pageBytes - offset))
        }
        if buffer.capacity < header.storedBytes { buffer.resize(to: header.storedBytes) }
        unsafe try read(buffer[0..<header.storedBytes], at: start)
        return header
    }

    /// A page in its stored form, with verified checksums.
    @unsafe struct StoredPage {
        let header: PageHeader
        let headerBytes: UnsafeRawBufferPointer
        let body: UnsafeRawBufferPointer
    }

    /// The page that begins at `offset`, in its stored form.
    ///
    /// - Returns: the page, valid until the next call of `storedPage`, `page(at:)` or `next`.
    func storedPage(at offset: Int) throws(PageError) -> StoredPage {
        let header = try readPage(at: offset)
        let body = unsafe UnsafeRawBufferPointer(buffer[0..<header.storedBytes])
        let found = unsafe checksum(body)
        guard found == header.bodyChecksum else {
            throw damaged(offset, .bodyChecksum(expected: header.bodyChecksum, found: found))
        }
        return unsafe StoredPage(
            header: header, headerBytes: UnsafeRawBufferPointer(headerBytes[0..<PageHeader.byteCount]), body: body)
    }

    /// Checks the pages that fill a range, without decompressing them.
    ///
    /// - Throws: `damaged`, `unreadable`.
    package func verify(_ range: Range<Int>) throws(PageError) {
        var offset = range.lowerBound
        while offset < range.upperBound {
            let pageBytes = unsafe try storedPage(at: offset).header.pageBytes
            offset += pageBytes
        }
    }

    /// The size of the file: its pages and the footer.
    package var fileBytes: Int { footer.pageBytes + PageFooter.byteCount }

    /// Unchecked bytes of the file.
    ///
    /// - Throws: `damaged` if the range goes beyond the file.
    package func storedBytes(_ range: Range<Int>) throws(PageError) -> [UInt8] {
        guard range.lowerBound >= 0, range.upperBound <= fileBytes else {
            throw damaged(max(0, range.lowerBound), .cut(expected: range.upperBound, found: fileBytes))
        }
        var bytes = [UInt8](repeating: 0, count: range.count)
        let result: Result<Void, PageError> = unsafe bytes.withUnsafeMutableBytes { space in
            do throws(PageError) {
                return .success(unsafe try read(space, at: range.lowerBound))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        return bytes
    }

    private func readHeader(at offset: Int) throws(PageError) -> PageHeader {
        let left = footer.pageBytes - offset
        guard left >= PageHeader.byteCount else {
            throw damaged(offset, .cut(expected: PageHeader.byteCount, found: max(0, left)))
        }
        let space = unsafe headerBytes[0..<PageHeader.byteCount]
        unsafe try read(space, at: offset)
        do throws(PageFault) {
            return unsafe try PageHeader(UnsafeRawBufferPointer(space))
        } catch {
            throw damaged(offset, error)
        }
    }

    private func checkEnd() throws(PageError) {
        guard passed.pageCount == footer.pageCount else {
            throw damaged(footer.pageBytes, .pageCount(expected: footer.pageCount, found: passed.pageCount))
        }
        guard passed.chain == footer.chain else {
            throw damaged(footer.pageBytes, .chain(expected: footer.chain, found: passed.chain))
        }
    }

    private func read(_ space: UnsafeMutableRawBufferPointer, at offset: Int) throws(PageError) {
        do throws(FileError) {
            _ = unsafe try file.read(into: space, at: offset)
        } catch {
            throw .unreadable(error)
        }
    }

    private func damaged(_ offset: Int, _ fault: PageFault) -> PageError {
        .damaged(file: path, offset: offset, fault: fault)
    }
}

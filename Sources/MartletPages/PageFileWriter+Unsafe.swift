// Unsafe: the parts of a page are written before the encoder's next call; the footer's bytes are a local array.

import Glibc
package import MartletFiles
import Synchronization

/// Writes a new file of pages, which gets its name only when it is complete.
///
///     init ── append (each page) ── finish
///
/// Until `finish`, all pages of a file of this machine are in a file beside it, named `.partial-...`, which is removed if a call
/// fails or the writer is dropped. A process that dies leaves that file; no reader takes it for a complete one. An output file is
/// committed or removed by its opener.
/// Not for use by two threads at a time.
@safe public final class PageFileWriter {
    /// The final name of the file.
    public let path: String
    /// The number of pages so far.
    public var pageCount: Int { footer.pageCount }
    /// The bytes of the pages so far, which is the start of the next one.
    public var pageBytes: Int { footer.pageBytes }

    /// Where the file is until it is finished; nil for an output file.
    private let temporaryPath: String?
    private let encoder: PageEncoder
    private let synchronizes: Bool
    private var file: (any OutputFile)?
    private var footer = PageFooter()
    private var failure: PageError?

    /// Creates the file under its temporary name.
    ///
    /// - Parameters:
    ///   - path: the file, which replaces an existing one.
    ///   - encoder: may be shared with other writers of the same thread.
    ///   - synchronizes: whether `finish` waits until the disk has the file, so that it survives a loss of power.
    /// - Throws: `writeFailed`.
    public convenience init(
        path: String, encoder: PageEncoder = PageEncoder(), synchronizes: Bool = false
    ) throws(PageError) {
        unsafe try self.init(path: path, encoder: encoder, synchronizes: synchronizes, write: Glibc.write)
    }

    /// - Parameter write: the system's `write`, which a test may replace.
    package init(
        path: String, encoder: PageEncoder, synchronizes: Bool, write: @escaping SystemWrite
    ) throws(PageError) {
        self.path = path
        self.encoder = encoder
        self.synchronizes = synchronizes
        let number = Self.created.add(1, ordering: .relaxed).newValue
        let temporaryPath = "\(path).partial-\(getpid())-\(number)"
        self.temporaryPath = temporaryPath
        do throws(FileError) {
            file = unsafe try FileWriter(creatingNew: temporaryPath, write: write)
        } catch {
            throw Self.worded(error, path, 0)
        }
    }

    /// Writes to a file of any file system, which this writer closes.
    ///
    /// - Parameter synchronizes: whether `finish` waits until the pages survive a loss of power.
    package init(_ file: any OutputFile, encoder: PageEncoder, synchronizes: Bool = false) {
        path = file.path
        self.encoder = encoder
        self.synchronizes = synchronizes
        temporaryPath = nil
        self.file = file
    }

    deinit { cancel() }

    /// Appends a page with this content.
    ///
    /// - Parameter recordBytes: the size of the records in the content; 0 for other content.
    /// - Returns: the start of the page: the offset for `PageFileReader.page(at:)`.
    /// - Throws: `tooLarge`, which changes nothing; `writeFailed`, perhaps for bytes of an earlier call: later calls then
    ///   throw the same error, and the file is removed.
    @discardableResult
    public func append(
        _ content: UnsafeRawBufferPointer, count: Int, elementHash: UInt64, recordBytes: Int = 0
    ) throws(PageError) -> Int {
        let file = try openFile()
        let parts = unsafe try encoder.encodeParts(
            content, count: count, elementHash: elementHash, recordBytes: recordBytes)
        let offset = pageBytes
        do throws(FileError) {
            unsafe try file.write(parts.headerBytes)
            unsafe try file.write(parts.body)
        } catch {
            throw failed(error)
        }
        unsafe footer.add(parts.header, headerChecksum: PageHeader.checksumField(of: parts.headerBytes))
        return offset
    }

    /// Appends an encoded page unchanged.
    ///
    /// - Throws: as the other form; `damaged` if the bytes are not a page, which changes nothing.
    public func append(encoded page: Span<UInt8>) throws(PageError) {
        let file = try openFile()
        let result = unsafe page.withUnsafeBytes { bytes in
            Result { () throws(PageFault) in
                let header = unsafe try PageHeader(bytes)
                guard bytes.count == header.pageBytes else { throw .cut(expected: header.pageBytes, found: bytes.count) }
                return unsafe (header, PageHeader.checksumField(of: bytes))
            }
        }
        let (header, checksum): (PageHeader, UInt64)
        do throws(PageFault) {
            (header, checksum) = try result.get()
        } catch {
            throw .damaged(file: path, offset: pageBytes, fault: error)
        }
        do throws(FileError) {
            try file.write(page)
        } catch {
            throw failed(error)
        }
        footer.add(header, headerChecksum: checksum)
    }

    /// Appends the pages that fill a range of another file, in their stored form.
    ///
    /// - Throws: as the other forms; `damaged` and `unreadable` for the other file, after appending the pages before.
    package func append(_ range: Range<Int>, of reader: PageFileReader) throws(PageError) {
        let file = try openFile()
        var offset = range.lowerBound
        while offset < range.upperBound {
            let page = unsafe try reader.storedPage(at: offset)
            do throws(FileError) {
                unsafe try file.write(page.headerBytes)
                unsafe try file.write(page.body)
            } catch {
                throw failed(error)
            }
            unsafe footer.add(page.header, headerChecksum: PageHeader.checksumField(of: page.headerBytes))
            offset += unsafe page.header.pageBytes
        }
    }

    /// Writes the footer and gives the file its name.
    ///
    /// - Returns: the size of the file.
    /// - Throws: `writeFailed`: then no new file exists, and an existing file of that name stays. With `synchronizes`, a
    ///   failure after the rename leaves the complete file.
    @discardableResult
    public func finish() throws(PageError) -> Int {
        let file = try openFile()
        var bytes = [UInt8](repeating: 0, count: PageFooter.byteCount)
        unsafe bytes.withUnsafeMutableBytes { unsafe footer.write(to: $0) }
        do throws(FileError) {
            try file.write(bytes.span)
            if synchronizes { try file.synchronize() }
            try file.close()
        } catch {
            throw failed(error)
        }
        if let temporaryPath {
            let code = PathCalls.renameFile(temporaryPath, to: path)
            guard code == 0 else { throw failed(.writeFailed(path: path, code: code)) }
        }
        self.file = nil
        if temporaryPath != nil, synchronizes {
            let code = PathCalls.synchronizeDirectory(Self.directory(of: path))
            guard code == 0 else { throw .writeFailed(file: path, offset: pageBytes, code: code) }
        }
        return pageBytes + PageFooter.byteCount
    }

    /// Drops the written pages. Does nothing after `finish` or a failure.
    public func cancel() {
        guard let file else { return }
        self.file = nil
        try? file.close()
        if let temporaryPath { _ = PathCalls.removeFile(temporaryPath) }
    }

    private func openFile() throws(PageError) -> any OutputFile {
        if let failure { throw failure }
        guard let file else { preconditionFailure("\(path): a finished or cancelled writer takes no pages") }
        return file
    }

    private func failed(_ error: FileError) -> PageError {
        let worded = Self.worded(error, path, pageBytes)
        failure = worded
        cancel()
        return worded
    }

    private static func worded(_ error: FileError, _ path: String, _ offset: Int) -> PageError {
        switch error {
        case .writeFailed(_, let code): .writeFailed(file: path, offset: offset, code: code)
        case .notWritable: .unwritable(error)
        default: .unreadable(error)
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// Makes the temporary names of one process unique.
    private static let created = Atomic<Int>(0)
}

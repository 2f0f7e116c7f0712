// Unsafe: pages are decoded in place in `buffer`, which only `append` moves; returned pages are valid until the next call.

import MartletFiles

/// Assembles pages from bytes that arrive in pieces of any size.
///
/// Memory grows with the bytes that have arrived, never with a claimed size. Not for use by two threads at a time.
@safe package final class PageAssembler {
    /// Where the next page begins, counted from the first byte.
    package private(set) var position = 0

    /// For error messages.
    private let name: String
    private let offset: Int
    private let decoder = PageDecoder()
    private var buffer = PaddedBuffer(capacity: 0)
    private var filled = 0..<0
    /// The bytes are a file, whose footer marks the end of the pages.
    private let isFile: Bool
    private var isAtEnd = false
    private var passed = PageFooter()

    /// - Parameters:
    ///   - name: the origin of the bytes, for error messages.
    ///   - offset: added to positions in error messages.
    ///   - isFile: the bytes are a whole file with its footer, not only pages.
    package init(_ name: String, offset: Int = 0, isFile: Bool = false) {
        self.name = name
        self.offset = offset
        self.isFile = isFile
    }

    /// Appends the next bytes.
    package func append(_ bytes: [UInt8]) {
        if filled.isEmpty { filled = 0..<0 }
        if filled.upperBound + bytes.count > buffer.capacity {
            let waiting = filled.count
            let larger = waiting + bytes.count > buffer.capacity ? max(2 * buffer.capacity, waiting + bytes.count) : nil
            if waiting > 0 { unsafe buffer[0..<waiting].copyMemory(from: UnsafeRawBufferPointer(buffer[filled])) }
            filled = 0..<waiting
            if let larger { buffer.resize(to: larger) }
        }
        let end = filled.upperBound + bytes.count
        unsafe buffer[filled.upperBound..<end].copyBytes(from: bytes)
        filled = filled.lowerBound..<end
    }

    /// Drops the bytes after the last complete page: they will arrive again.
    package func rewind() { filled = 0..<0 }

    /// The next page, valid until the next call of any method.
    ///
    /// - Parameter elementHash: the type that the values must have.
    /// - Returns: nil if more bytes are needed, and after the footer of a file.
    /// - Throws: `damaged`; `position` then stays at the start of the page.
    package func next(elementHash: UInt64? = nil) throws(PageError) -> Page? {
        guard let header = try nextHeader() else { return nil }
        let region = unsafe UnsafeRawBufferPointer(buffer[filled.lowerBound..<filled.lowerBound + header.pageBytes])
        let page = unsafe try decoder.decode(region, elementHash: elementHash, file: name, offset: offset + position)
        pass(header, unsafe PageHeader.checksumField(of: region))
        return page.owned(by: self)
    }

    /// The next page, still encoded, after its checksums are verified.
    ///
    /// - Returns: its bytes and the number of values; nil as for `next`.
    package func nextEncoded(elementHash: UInt64? = nil) throws(PageError) -> (bytes: [UInt8], count: Int)? {
        guard let header = try nextHeader() else { return nil }
        let region = unsafe UnsafeRawBufferPointer(buffer[filled.lowerBound..<filled.lowerBound + header.pageBytes])
        let found = unsafe checksum(UnsafeRawBufferPointer(rebasing: region[PageHeader.byteCount...]))
        guard found == header.bodyChecksum else { throw damaged(.bodyChecksum(expected: header.bodyChecksum, found: found)) }
        if let elementHash, elementHash != header.elementHash {
            throw damaged(.elementHash(expected: elementHash, found: header.elementHash))
        }
        let bytes = unsafe [UInt8](region)
        pass(header, unsafe PageHeader.checksumField(of: region))
        return (bytes, header.count)
    }

    /// The header of the next page, if the whole page has arrived.
    private func nextHeader() throws(PageError) -> PageHeader? {
        let bytes = unsafe UnsafeRawBufferPointer(buffer[filled])
        if isFile {
            if isAtEnd, !filled.isEmpty { throw damaged(.impossible("bytes follow its footer")) }
            if try unsafe passesFooter(bytes) { return nil }
        }
        guard filled.count >= PageHeader.byteCount else { return nil }
        let header: PageHeader
        do throws(PageFault) {
            header = unsafe try PageHeader(bytes)
        } catch {
            throw damaged(error)
        }
        return filled.count >= header.pageBytes ? header : nil
    }

    private func pass(_ header: PageHeader, _ headerChecksum: UInt64) {
        passed.add(header, headerChecksum: headerChecksum)
        position += header.pageBytes
        filled = filled.lowerBound + header.pageBytes..<filled.upperBound
    }

    /// Reads the footer, if it is next, and compares it with the pages.
    private func passesFooter(_ bytes: UnsafeRawBufferPointer) throws(PageError) -> Bool {
        guard bytes.count >= PageFooter.byteCount, unsafe bytes.word(0, as: UInt32.self) == PageFooter.magic else {
            return false
        }
        let footer: PageFooter
        do throws(PageFault) {
            footer = unsafe try PageFooter(UnsafeRawBufferPointer(rebasing: bytes[..<PageFooter.byteCount]))
        } catch {
            throw damaged(error)
        }
        guard footer == passed else { throw damaged(.chain(expected: footer.chain, found: passed.chain)) }
        filled = filled.lowerBound + PageFooter.byteCount..<filled.upperBound
        isAtEnd = true
        if !filled.isEmpty { throw damaged(.impossible("bytes follow its footer")) }
        return true
    }

    private func damaged(_ fault: PageFault) -> PageError {
        .damaged(file: name, offset: offset + position, fault: fault)
    }

    /// Ends the input.
    ///
    /// - Throws: `damaged` for an incomplete page or file.
    package func finish() throws(PageError) {
        guard filled.isEmpty else {
            throw damaged(.cut(expected: max(PageHeader.byteCount, filled.count + 1), found: filled.count))
        }
        if isFile, !isAtEnd { throw damaged(.notWhole("it ends before a footer")) }
    }
}

// Unsafe: contents are regions of `buffer`, valid until the next call, which alone resizes it, or parts of the caller's
// page.

import CMartletRuntime
import MartletFiles

/// Checks pages and returns their contents.
///
/// No field is trusted before its checksum is verified: no size before the header's checksum, and no body is decompressed
/// before the body's. No input makes the decoder access memory outside of its regions.
///
/// Holds two buffers, as large as the largest content so far. Not for use by two threads at a time.
@safe public final class PageDecoder {
    private let decompressor = PageDecompressor()
    private var buffer = PaddedBuffer(capacity: 0)
    private var columns = PaddedBuffer(capacity: 0)

    public init() {}

    /// Checks a page and decompresses it.
    ///
    /// - Parameters:
    ///   - page: exactly one page.
    ///   - elementHash: the type that the values must have; nil for any.
    ///   - file: the origin of the page, for error messages.
    ///   - offset: the start of the page there.
    /// - Returns: the page. Its content is valid until the next call and, stored raw, as long as `page` is.
    /// - Throws: `damaged`.
    public func decode(
        _ page: UnsafeRawBufferPointer, elementHash: UInt64? = nil, file: String = "memory", offset: Int = 0
    ) throws(PageError) -> Page {
        do throws(PageFault) {
            let header = unsafe try PageHeader(page)
            guard page.count == header.pageBytes else { throw .cut(expected: header.pageBytes, found: page.count) }
            let body = unsafe UnsafeRawBufferPointer(rebasing: page[PageHeader.byteCount...])
            return unsafe try decode(header, body, elementHash: elementHash)
        } catch {
            throw .damaged(file: file, offset: offset, fault: error)
        }
    }

    /// Checks and decompresses the page at the start of some bytes.
    ///
    /// - Returns: as `decode`.
    /// - Throws: `damaged`.
    package func decodeFirst(
        of bytes: UnsafeRawBufferPointer, elementHash: UInt64? = nil, file: String, offset: Int
    ) throws(PageError) -> Page {
        do throws(PageFault) {
            let header = unsafe try PageHeader(bytes)
            guard bytes.count >= header.pageBytes else { throw .cut(expected: header.pageBytes, found: bytes.count) }
            let body = unsafe UnsafeRawBufferPointer(rebasing: bytes[PageHeader.byteCount..<header.pageBytes])
            return unsafe try decode(header, body, elementHash: elementHash)
        } catch {
            throw .damaged(file: file, offset: offset, fault: error)
        }
    }

    /// Decompresses the body of a page whose header was checked.
    func decode(
        _ header: PageHeader, _ body: UnsafeRawBufferPointer, elementHash: UInt64?
    ) throws(PageFault) -> Page {
        let found = unsafe checksum(body)
        guard found == header.bodyChecksum else {
            throw .bodyChecksum(expected: header.bodyChecksum, found: found)
        }
        if let elementHash, elementHash != header.elementHash {
            throw .elementHash(expected: elementHash, found: header.elementHash)
        }
        if header.codec == .raw { return unsafe Page(header: header, content: body, owner: self) }
        unsafe try decompressor.checkContentBytes(header, body)
        if buffer.capacity < header.rawBytes { buffer.resize(to: header.rawBytes) }
        let content = unsafe buffer[0..<header.rawBytes]
        if header.recordBytes > 0 {
            if columns.capacity < header.rawBytes { columns.resize(to: header.rawBytes) }
            let space = unsafe columns[0..<header.rawBytes]
            unsafe try decompressor.decompress(header.codec, body, into: space)
            if let from = space.baseAddress, let to = content.baseAddress {
                unsafe martlet_restore(from, header.rawBytes / header.recordBytes, header.recordBytes, to)
            }
        } else {
            unsafe try decompressor.decompress(header.codec, body, into: content)
        }
        return unsafe Page(header: header, content: UnsafeRawBufferPointer(content), owner: self)
    }
}

// Unsafe: the parts of a page are regions of `buffer`, used before the next call, which alone resizes it. The columns of
// records are written to `columns`, which is as large as the content.

import CMartletRuntime
import MartletFiles

/// Makes pages from contents: opaque bytes, with a count of values and a hash of their type.
///
/// Holds one buffer, as large as the largest page so far. Not for use by two threads at a time.
@safe public final class PageEncoder {
    /// The compression of contents, where it is worthwhile.
    public let codec: PageCodec

    private let compressor: PageCompressor
    private var buffer = PaddedBuffer(capacity: 0)
    private var columns = PaddedBuffer(capacity: 0)

    /// - Parameter zstdLevel: from 1, fast, to 19, small; beyond these, the library's limits apply.
    public init(codec: PageCodec = .lz4, zstdLevel: Int = 1) {
        self.codec = codec
        compressor = PageCompressor(codec, zstdLevel: zstdLevel)
    }

    /// Appends the page of a content to `pages`. The content is stored raw if compression saves less than a sixteenth of
    /// it.
    ///
    /// - Parameter recordBytes: the size of the records in the content, whose bytes are then compressed by columns; 0 for
    ///   other content.
    /// - Returns: the page's header.
    /// - Throws: `tooLarge`; then nothing is appended.
    @discardableResult
    public func encode(
        _ content: UnsafeRawBufferPointer, count: Int, elementHash: UInt64, recordBytes: Int = 0,
        into pages: inout [UInt8]
    ) throws(PageError) -> PageHeader {
        let parts = unsafe try encodeParts(content, count: count, elementHash: elementHash, recordBytes: recordBytes)
        unsafe pages.append(contentsOf: parts.headerBytes)
        unsafe pages.append(contentsOf: parts.body)
        return unsafe parts.header
    }

    /// The two parts of a page, valid until the next call; the body is the content itself if it is stored raw.
    @unsafe struct Parts {
        let header: PageHeader
        let headerBytes: UnsafeRawBufferPointer
        let body: UnsafeRawBufferPointer
    }

    func encodeParts(
        _ content: UnsafeRawBufferPointer, count: Int, elementHash: UInt64, recordBytes: Int
    ) throws(PageError) -> Parts {
        precondition(count >= 0, "a page has no negative count of values")
        precondition(recordBytes == 0 || content.count % recordBytes == 0, "a content consists of whole records")
        guard content.count <= PageHeader.contentBytesMax else { throw .tooLarge(bytes: content.count) }
        let start = PageHeader.byteCount
        if buffer.capacity < start + content.count { buffer.resize(to: start + content.count) }

        let worthwhile = max(0, content.count - content.count / 16 - 1)
        let space = unsafe buffer[start..<(start + worthwhile)]
        let isByColumns = codec != .raw && (2...PageHeader.recordBytesMax).contains(recordBytes)
        let source = isByColumns ? unsafe transposed(content, recordBytes) : unsafe content
        let compressed = worthwhile > 0 ? unsafe compressor.compress(source, into: space) : nil
        let body = unsafe compressed.map { unsafe UnsafeRawBufferPointer(buffer[start..<(start + $0)]) } ?? content

        let header = unsafe PageHeader(
            codec: compressed == nil ? .raw : codec, recordBytes: compressed != nil && isByColumns ? recordBytes : 0,
            elementHash: elementHash, count: count,
            rawBytes: content.count, storedBytes: body.count, bodyChecksum: checksum(body))
        let headerBytes = unsafe buffer[0..<start]
        unsafe header.write(to: headerBytes)
        return unsafe Parts(header: header, headerBytes: UnsafeRawBufferPointer(headerBytes), body: body)
    }

    private func transposed(_ content: UnsafeRawBufferPointer, _ recordBytes: Int) -> UnsafeRawBufferPointer {
        if columns.capacity < content.count { columns.resize(to: content.count) }
        let space = unsafe columns[0..<content.count]
        if let from = content.baseAddress, let to = space.baseAddress {
            unsafe martlet_transpose(from, content.count / recordBytes, recordBytes, to)
        }
        return UnsafeRawBufferPointer(space)
    }
}

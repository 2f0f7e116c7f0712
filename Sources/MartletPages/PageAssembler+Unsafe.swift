// Unsafe: pages are decoded where they lie in `buffer`, which only `append` moves; they are handed out until the next call.

import MartletFiles

/// Makes pages of bytes that come in pieces of any size.
///
/// Memory grows with the bytes that have come, never with what they claim. Not for use by two threads at a time.
@safe package final class PageAssembler {
    /// Where the next page begins, counted from the first byte.
    package private(set) var position = 0

    /// For errors.
    private let name: String
    private let offset: Int
    private let decoder = PageDecoder()
    private var buffer = PaddedBuffer(capacity: 0)
    private var filled = 0..<0

    /// - Parameters:
    ///   - name: where the bytes come from, for errors.
    ///   - offset: what is added to positions there.
    package init(_ name: String, offset: Int = 0) {
        self.name = name
        self.offset = offset
    }

    /// Adds the bytes that follow.
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

    /// Forgets the bytes behind the pages so far: they will come again.
    package func rewind() { filled = 0..<0 }

    /// The next page, valid until the next call of anything.
    ///
    /// - Parameter elementHash: the type that the values must have.
    /// - Returns: nil where more bytes are needed.
    /// - Throws: `damaged`; then the position stays where the page begins.
    package func next(elementHash: UInt64? = nil) throws(PageError) -> Page? {
        guard filled.count >= PageHeader.byteCount else { return nil }
        let bytes = unsafe UnsafeRawBufferPointer(buffer[filled])
        let header: PageHeader
        do throws(PageFault) {
            header = unsafe try PageHeader(bytes)
        } catch {
            throw .damaged(file: name, offset: offset + position, fault: error)
        }
        guard bytes.count >= header.pageBytes else { return nil }
        let region = unsafe UnsafeRawBufferPointer(rebasing: bytes[..<header.pageBytes])
        let page = unsafe try decoder.decode(region, elementHash: elementHash, file: name, offset: offset + position)
        position += header.pageBytes
        filled = filled.lowerBound + header.pageBytes..<filled.upperBound
        return page.owned(by: self)
    }

    /// Says that no more bytes will come.
    ///
    /// - Throws: `damaged` for a page that is not whole.
    package func finish() throws(PageError) {
        guard filled.isEmpty else {
            throw .damaged(
                file: name, offset: offset + position,
                fault: .cut(expected: max(PageHeader.byteCount, filled.count + 1), found: filled.count))
        }
    }
}

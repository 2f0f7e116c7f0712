// Unsafe: pages are read during the call; the footer's bytes are a local array.

/// Makes the bytes of a file of pages piece by piece; the caller sends or stores them.
///
/// Not for use by two threads at a time.
@safe package final class PageStream {
    /// The bytes of all pages so far.
    package var pageBytes: Int { footer.pageBytes }
    private let encoder: PageEncoder
    private var footer = PageFooter()
    private var bytes: [UInt8] = []

    package init(encoder: PageEncoder) { self.encoder = encoder }

    /// Adds a page with this content.
    ///
    /// - Throws: `tooLarge`.
    package func append(
        _ content: UnsafeRawBufferPointer, count: Int, elementHash: UInt64, recordBytes: Int
    ) throws(PageError) {
        let start = bytes.count
        let header = unsafe try encoder.encode(
            content, count: count, elementHash: elementHash, recordBytes: recordBytes, into: &bytes)
        let sealed = unsafe bytes.withUnsafeBytes { all in
            unsafe PageHeader.checksumField(of: UnsafeRawBufferPointer(rebasing: all[start...]))
        }
        footer.add(header, headerChecksum: sealed)
    }

    /// Adds an encoded page.
    ///
    /// - Throws: `damaged` if the bytes are not a page.
    package func append(encoded page: [UInt8]) throws(PageError) {
        let result = unsafe page.withUnsafeBytes { region in
            Result { () throws(PageFault) in
                unsafe (try PageHeader(region), PageHeader.checksumField(of: region))
            }
        }
        do throws(PageFault) {
            let (header, sealed) = try result.get()
            footer.add(header, headerChecksum: sealed)
        } catch {
            throw .damaged(file: "memory", offset: pageBytes, fault: error)
        }
        bytes += page
    }

    /// Adds the footer after the last page.
    package func endFile() {
        var end = [UInt8](repeating: 0, count: PageFooter.byteCount)
        unsafe end.withUnsafeMutableBytes { unsafe footer.write(to: $0) }
        bytes += end
    }

    /// The bytes since the last call.
    package func take() -> [UInt8] {
        defer { bytes = [] }
        return bytes
    }
}

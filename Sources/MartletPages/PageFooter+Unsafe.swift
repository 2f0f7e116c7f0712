// Unsafe: every access is inside the first `byteCount` bytes of a region whose size is checked first.

/// The end of a file of pages, which marks it as complete.
///
/// - Shape: 40 bytes, laid out in `FORMAT.md`.
struct PageFooter: Equatable {
    var pageCount = 0
    /// The start of the footer.
    var pageBytes = 0
    /// Represents all pages in their order.
    var chain: UInt64 = 0

    static let byteCount = 40
    static let magic: UInt32 = 0x6E45_504D
    private static let sealedBytes = 32

    init() {}

    /// Counts a page.
    mutating func add(_ header: PageHeader, headerChecksum: UInt64) {
        pageCount += 1
        pageBytes += header.pageBytes
        chain = chained(chain, headerChecksum)
    }

    /// Reads a footer and checks all of it.
    init(_ bytes: UnsafeRawBufferPointer) throws(PageFault) {
        guard bytes.count >= Self.byteCount else { throw .notWhole("it ends before a footer") }
        guard unsafe bytes.word(0, as: UInt32.self) == Self.magic else { throw .notWhole("it has no footer") }
        let version = unsafe bytes[4]
        guard version == PageHeader.version else { throw .version(found: version) }
        let expected = unsafe bytes.word(Self.sealedBytes, as: UInt64.self)
        let found = unsafe checksum(UnsafeRawBufferPointer(rebasing: bytes[..<Self.sealedBytes]))
        guard expected == found else { throw .footerChecksum(expected: expected, found: found) }
        guard unsafe bytes[5] == 0 && bytes.word(6, as: UInt16.self) == 0 else {
            throw .impossible("its reserved bytes are not 0")
        }
        pageCount = Int(unsafe bytes.word(8, as: Int64.self))
        pageBytes = Int(unsafe bytes.word(16, as: Int64.self))
        chain = unsafe bytes.word(24, as: UInt64.self)
        guard pageCount >= 0, pageBytes >= 0, pageCount <= pageBytes / PageHeader.byteCount else {
            throw .impossible("it counts \(pageCount) pages of \(pageBytes) bytes")
        }
    }

    /// Writes the footer, with its checksum.
    func write(to space: UnsafeMutableRawBufferPointer) {
        precondition(space.count >= Self.byteCount, "a footer has 40 bytes")
        unsafe space.setWord(0, Self.magic)
        // The version, and three bytes of 0.
        unsafe space.setWord(4, UInt32(PageHeader.version))
        unsafe space.setWord(8, Int64(pageCount))
        unsafe space.setWord(16, Int64(pageBytes))
        unsafe space.setWord(24, chain)
        let sealed = unsafe checksum(UnsafeRawBufferPointer(rebasing: space[..<Self.sealedBytes]))
        unsafe space.setWord(Self.sealedBytes, sealed)
    }
}

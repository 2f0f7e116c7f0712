/// The description of a page, stored before its body.
///
/// - Shape: 64 bytes, laid out in `FORMAT.md`.
public struct PageHeader: Equatable, Sendable {
    public let codec: PageCodec
    /// The size of the records whose columns were compressed; 0 for content compressed unchanged.
    public let recordBytes: Int
    /// The type of the values, as the caller hashes it.
    public let elementHash: UInt64
    /// The number of values.
    public let count: Int
    /// The size of the content.
    public let rawBytes: Int
    /// The size of the body: the content in its stored form.
    public let storedBytes: Int
    /// The checksum of the body.
    public let bodyChecksum: UInt64

    /// The format's version; no other version can be read.
    public static let version: UInt8 = 1
    /// The size of a header.
    public static let byteCount = 64
    /// Larger records are not compressed by columns.
    public static let recordBytesMax = 1024
    /// The largest content of a page.
    public static let contentBytesMax = 1 << 30

    /// The size of the page: header and body.
    public var pageBytes: Int { Self.byteCount + storedBytes }

    package init(
        codec: PageCodec, recordBytes: Int, elementHash: UInt64, count: Int, rawBytes: Int, storedBytes: Int,
        bodyChecksum: UInt64
    ) {
        self.codec = codec
        self.recordBytes = recordBytes
        self.elementHash = elementHash
        self.count = count
        self.rawBytes = rawBytes
        self.storedBytes = storedBytes
        self.bodyChecksum = bodyChecksum
    }

    /// Why the sizes are impossible; nil if they are possible. Checked after the checksum, so the cause is not damage but a
    /// faulty or malicious writer.
    var problem: PageFault? {
        guard count >= 0 else { return .impossible("its count is \(UInt64(bitPattern: Int64(count)))") }
        guard (0...Self.contentBytesMax).contains(rawBytes) else {
            return .impossible(
                "its content has \(UInt64(bitPattern: Int64(rawBytes))) bytes; a page has at most "
                    + "\(Self.contentBytesMax)")
        }
        guard recordBytes == 0 || codec != .raw && rawBytes % recordBytes == 0 else {
            return .impossible("\(rawBytes) bytes of content, stored as \(codec), are records of \(recordBytes) bytes")
        }
        let isStoredRight = codec == .raw ? storedBytes == rawBytes : storedBytes > 0 && storedBytes < rawBytes
        if isStoredRight { return nil }
        return .impossible(
            "\(rawBytes) bytes of content are stored as \(codec) in \(UInt64(bitPattern: Int64(storedBytes))) bytes")
    }
}

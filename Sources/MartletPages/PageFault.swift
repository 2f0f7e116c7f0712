/// A fault in the bytes of a page, or of a file of pages.
public enum PageFault: Error, Equatable, Sendable {
    /// The page has another size than these bytes.
    case cut(expected: Int, found: Int)
    /// The first four bytes are not the magic number of a page.
    case magic(expected: UInt32, found: UInt32)
    /// A version of the format that this build does not know.
    case version(found: UInt8)
    case headerChecksum(expected: UInt64, found: UInt64)
    case bodyChecksum(expected: UInt64, found: UInt64)
    case footerChecksum(expected: UInt64, found: UInt64)
    /// A codec that this version of the format does not have.
    case codec(found: UInt8)
    /// Intact fields with values that no writer produces.
    case impossible(String)
    /// The codec refuses an intact body, in the library's own words.
    case body(PageCodec, String)
    /// The decompressed body has another size than the header claims.
    case contentBytes(expected: Int, found: Int)
    /// The values have another type than the reader expects.
    case elementHash(expected: UInt64, found: UInt64)
    /// The file lacks its footer: its writer did not finish.
    case notWhole(String)
    /// The file has another size than its footer claims.
    case fileBytes(expected: Int, found: Int)
    /// The file has another number of pages than its footer claims.
    case pageCount(expected: Int, found: Int)
    /// The pages are intact, but are not the written pages in their written order.
    case chain(expected: UInt64, found: UInt64)
}

extension PageFault: CustomStringConvertible {
    /// The expected and the found value.
    public var description: String {
        switch self {
        case .cut(let expected, let found):
            "expected a page of \(expected) bytes, found \(found)"
        case .magic(let expected, let found):
            "expected a page, which begins with \(hex(expected)), found \(hex(found))"
        case .version(let found):
            "expected format version \(PageHeader.version), found version \(found), which this build does not know"
        case .headerChecksum(let expected, let found):
            "expected header checksum \(hex(expected)), found \(hex(found))"
        case .bodyChecksum(let expected, let found):
            "expected body checksum \(hex(expected)), found \(hex(found))"
        case .footerChecksum(let expected, let found):
            "expected footer checksum \(hex(expected)), found \(hex(found))"
        case .codec(let found):
            "expected codec 0 (raw), 1 (lz4) or 2 (zstd), found \(found)"
        case .impossible(let what):
            "expected what a writer gives, found that \(what)"
        case .body(let codec, let detail):
            "expected \(codec) data, found bytes that do not decompress: \(detail)"
        case .contentBytes(let expected, let found):
            "expected \(expected) bytes of content, found \(found)"
        case .elementHash(let expected, let found):
            "expected values of type \(hex(expected)), found type \(hex(found))"
        case .notWhole(let what):
            "expected a whole file of pages, found that \(what)"
        case .fileBytes(let expected, let found):
            "expected a file of \(expected) bytes, found \(found)"
        case .pageCount(let expected, let found):
            "expected \(expected) pages, found \(found)"
        case .chain(let expected, let found):
            "expected pages in the order they were written (\(hex(expected))), found others (\(hex(found)))"
        }
    }

    /// Advice for the user.
    var advice: String {
        switch self {
        case .version: "read it with the version of Martlet that wrote it"
        case .elementHash: "read it as the type that it was written with"
        case .notWhole: "its writer did not finish: write it again"
        default: "the data is not what was written: write it again, and check the disk if this happens often"
        }
    }

    private func hex(_ word: some FixedWidthInteger) -> String { "0x" + String(word, radix: 16) }
}

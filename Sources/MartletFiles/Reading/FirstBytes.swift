/// What the first bytes of a file tell about all of it, whatever its name says.
struct FirstBytes {
    /// How many are looked at, of files that have as many: what an archive of `tar` is known by is one block of this size.
    static let wantedCount = 512

    let bytes: [UInt8]

    /// What they are the beginning of.
    enum Meaning: Equatable {
        case compressed(Codec)
        case foreign(ForeignFormat)
        /// A UTF-8 byte order mark of three bytes, then text.
        case markedText
        /// Text, or anything else.
        case unknown
    }

    var meaning: Meaning {
        guard let first = bytes.first else { return .unknown }
        if isTarHeader { return .foreign(.tar) }
        // Nearly all text is told by its first byte.
        guard Self.isPossible[Int(first)] else { return .unknown }
        if let codec = Codec.allCases.first(where: { begins(as: $0) }) { return .compressed(codec) }
        if let format = ForeignFormat.allCases.first(where: { $0.magic.contains { starts(with: $0) } }) { return .foreign(format) }
        return starts(with: Self.byteOrderMark) ? .markedText : .unknown
    }

    /// Whether they may be the beginning of a file that is compressed so, as far as there are any.
    func mayBegin(as codec: Codec) -> Bool {
        codec.magic.contains { magic in
            zip(bytes, magic).allSatisfy { $1 == nil || $0 == $1 }
        }
    }

    private func begins(as codec: Codec) -> Bool { codec.magic.contains { $0.count <= bytes.count } && mayBegin(as: codec) }

    private func starts(with magic: [UInt8]) -> Bool { bytes.starts(with: magic) }

    /// Whether this is the header of an archive's first file: its checksum says so, in every variant of the format.
    private var isTarHeader: Bool {
        guard bytes.count >= Self.wantedCount, bytes[0] != 0 else { return false }
        let field = 148..<156
        let digits = bytes[field].drop { $0 == UInt8(ascii: " ") }.prefix { (UInt8(ascii: "0")...UInt8(ascii: "7")).contains($0) }
        guard digits.count >= 3, digits.endIndex == field.upperBound || [0, UInt8(ascii: " ")].contains(bytes[digits.endIndex]) else {
            return false
        }
        let checksum = digits.reduce(0) { $0 << 3 | Int($1 - UInt8(ascii: "0")) }
        let spaces = field.count * Int(UInt8(ascii: " "))
        let sum = bytes[..<Self.wantedCount].reduce(0) { $0 + Int($1) } - bytes[field].reduce(0) { $0 + Int($1) } + spaces
        return sum == checksum
    }

    static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    /// Whether anything that is told here begins with a byte.
    private static let isPossible: [Bool] = {
        var isPossible = [Bool](repeating: false, count: 256)
        let magic = Codec.allCases.flatMap(\.magic).compactMap { $0.first ?? nil } + ForeignFormat.allCases.flatMap(\.magic).map { $0[0] }
        for byte in magic + byteOrderMark.prefix(1) { isPossible[Int(byte)] = true }
        return isPossible
    }()
}

/// What is read neither as text nor as compressed text, since only its content could be.
public enum ForeignFormat: String, Sendable, Hashable, CaseIterable {
    case tar = "a tar archive"
    case zip = "a zip archive"
    case sevenZip = "a 7z archive"
    case rar = "a rar archive"
    case compress = "compressed by compress"
    case lzip = "compressed by lzip"
    case lzop = "compressed by lzop"
    case oldLZ4 = "compressed in the old format of lz4"
    case snappy = "compressed by Snappy"
    case zlib = "compressed by zlib"
    case utf32 = "text in UTF-32"
    case utf16 = "text in UTF-16"

    /// The beginnings of such files; the first one that fits counts. Those of `tar` are told otherwise.
    fileprivate var magic: [[UInt8]] {
        switch self {
        case .tar: []
        case .zip: [[0x50, 0x4B, 3, 4], [0x50, 0x4B, 5, 6], [0x50, 0x4B, 7, 8]]
        case .sevenZip: [[0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]]
        case .rar: [[0x52, 0x61, 0x72, 0x21, 0x1A, 7]]
        case .compress: [[0x1F, 0x9D]]
        case .lzip: [[0x4C, 0x5A, 0x49, 0x50, 1]]
        case .lzop: [[0x89, 0x4C, 0x5A, 0x4F, 0]]
        case .oldLZ4: [[0x02, 0x21, 0x4C, 0x18]]
        case .snappy: [[0xFF, 6, 0, 0, 0x73, 0x4E, 0x61, 0x50, 0x70, 0x59]]
        // The other levels begin as text may.
        case .zlib: [[0x78, 0x9C], [0x78, 0xDA]]
        case .utf32: [[0xFF, 0xFE, 0, 0], [0, 0, 0xFE, 0xFF]]
        case .utf16: [[0xFF, 0xFE], [0xFE, 0xFF]]
        }
    }

    /// What to do.
    var advice: String {
        switch self {
        case .tar, .zip, .sevenZip, .rar: "unpack it, and read the files that are in it"
        case .compress, .lzip, .lzop, .snappy, .zlib: "decompress it first, or compress it by gzip, zstd, lz4, bzip2 or xz"
        case .oldLZ4: "compress it again, without the option -l"
        case .utf16: "convert it, as iconv -f UTF-16 -t UTF-8 does: text is read as UTF-8"
        case .utf32: "convert it, as iconv -f UTF-32 -t UTF-8 does: text is read as UTF-8"
        }
    }

    /// Whether the name of a file says that it is none to read as text. Such files are looked at before a job runs.
    static func isNamed(_ path: String) -> Bool {
        let name = path.split(separator: "/").last?.lowercased() ?? ""
        let endings = name.split(separator: ".", omittingEmptySubsequences: false).dropFirst().suffix(2)
        return endings.contains("tar") || endings.last.map { namedEndings.contains(String($0)) } ?? false
    }

    private static let namedEndings: Set<String> = [
        "tgz", "tbz", "tbz2", "txz", "tzst", "zip", "7z", "rar", "z", "lz", "lzo", "snappy", "deflate",
    ]

    /// What a file is by its name, whose first bytes do not tell.
    static func named(_ path: String) -> ForeignFormat? {
        switch path.split(separator: ".").last?.lowercased() {
        case "snappy": .snappy
        case "deflate": .zlib
        default: nil
        }
    }
}

extension Codec {
    /// The beginnings of files that are compressed so; nil stands for any byte.
    fileprivate var magic: [[UInt8?]] {
        switch self {
        case .plain: []
        case .gzip: [[0x1F, 0x8B]]
        case .zstd: [[0x28, 0xB5, 0x2F, 0xFD]] + Self.skippableFrames
        case .lz4: [[0x04, 0x22, 0x4D, 0x18]] + Self.skippableFrames
        // A level, then a block or the end.
        case .bzip2:
            [
                [0x42, 0x5A, 0x68, nil, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59],
                [0x42, 0x5A, 0x68, nil, 0x17, 0x72, 0x45, 0x38, 0x50, 0x90],
            ]
        case .xz: [[0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]]
        }
    }

    /// What both zstd and lz4 may begin with.
    private static let skippableFrames: [[UInt8?]] = (0x50...0x5F).map { [$0, 0x2A, 0x4D, 0x18] }
}

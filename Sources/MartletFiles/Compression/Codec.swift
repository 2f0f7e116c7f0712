/// How a file's bytes are compressed.
public enum Codec: Sendable, Hashable, CaseIterable {
    case plain, gzip, zstd, lz4, bzip2, xz

    /// What the ending of a file's name says, in small or capital letters: `.gz` and `.gzip`, `.zst` and `.zstd`, `.lz4`,
    /// `.bz2` and `.bzip2`, `.xz` and `.lzma` (and their like for archives: `.tgz`); every other name is plain.
    ///
    /// When text is read, its first bytes have the last word.
    public init(path: String) {
        let name = path.utf8.suffix(Self.longestSuffix).map { Self.lowercased($0) }
        self = Self.suffixes.first { suffix, _ in name.count >= suffix.utf8.count && name.suffix(suffix.utf8.count).elementsEqual(suffix.utf8) }?.codec ?? .plain
    }

    /// The ending that a file which is written with this codec gets; empty for `plain`.
    public var fileSuffix: String {
        switch self {
        case .plain: ""
        case .gzip: ".gz"
        case .zstd: ".zst"
        case .lz4: ".lz4"
        case .bzip2: ".bz2"
        case .xz: ".xz"
        }
    }

    /// Whether a reader can start in the middle of a file.
    public var isSplittable: Bool { self == .plain }

    /// Whether zero bytes behind the last frame are no part of the data: tapes and disks fill their blocks so.
    var allowsZeroPadding: Bool { self == .gzip || self == .bzip2 || self == .xz }

    private static let suffixes: [(suffix: String, codec: Codec)] = [
        (".gz", .gzip), (".gzip", .gzip), (".tgz", .gzip), (".zst", .zstd), (".zstd", .zstd), (".tzst", .zstd), (".lz4", .lz4),
        (".bz2", .bzip2), (".bzip2", .bzip2), (".tbz2", .bzip2), (".tbz", .bzip2), (".xz", .xz), (".lzma", .xz), (".txz", .xz),
    ]

    private static let longestSuffix = 6

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
    }
}

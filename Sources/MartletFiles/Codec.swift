/// How a file's bytes are compressed, decided by the ending of its name.
public enum Codec: Sendable, Hashable, CaseIterable {
    case plain, gzip, zstd, lz4

    /// The codec of the file at `path`: `.gz`, `.zst` and `.lz4` are compressed, every other name is plain.
    public init(path: String) {
        self = Codec.allCases.first { $0 != .plain && path.hasSuffix($0.fileSuffix) } ?? .plain
    }

    /// The ending of a file name that stands for this codec; empty for `plain`.
    public var fileSuffix: String {
        switch self {
        case .plain: ""
        case .gzip: ".gz"
        case .zstd: ".zst"
        case .lz4: ".lz4"
        }
    }

    /// Whether a reader can start in the middle of a file.
    public var isSplittable: Bool { self == .plain }
}

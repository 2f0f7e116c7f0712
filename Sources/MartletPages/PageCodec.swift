/// How the body of a page is stored. The numbers are part of the format.
public enum PageCodec: UInt8, Sendable, Hashable, CaseIterable {
    /// Uncompressed.
    case raw = 0
    /// One lz4 block: fast both ways, the usual choice.
    case lz4 = 1
    /// One zstd frame: smaller, slower to write.
    case zstd = 2
}

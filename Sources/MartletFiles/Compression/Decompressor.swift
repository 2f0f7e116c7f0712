/// Decompresses a row of frames (gzip calls them members), a piece at a time.
protocol Decompressor: AnyObject {
    /// Whether the last byte consumed ended a frame. False before the first frame.
    var isAtFrameEnd: Bool { get }

    /// Consumes some of `input` and writes some of `output`, which is not empty.
    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecodeFailure) -> DecodeStep
}

/// What one call of a decoder did.
struct DecodeStep {
    let consumed: Int
    let produced: Int
}

/// Bytes that a codec does not allow.
struct DecodeFailure: Error {
    /// Bytes of the call's input before the place where the decoder noticed.
    let consumed: Int
    /// The decoder's own words.
    let detail: String
}

extension Codec {
    /// A new decoder; nil for `plain`.
    func makeDecoder() -> (any Decompressor)? {
        switch self {
        case .plain: nil
        case .gzip: GzipDecoder()
        case .zstd: ZstdDecoder()
        case .lz4: LZ4Decoder()
        case .bzip2: Bzip2Decoder()
        case .xz: XZDecoder()
        }
    }
}

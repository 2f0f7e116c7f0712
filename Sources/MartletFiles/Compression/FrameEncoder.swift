/// Compresses a stream of bytes into one frame (gzip calls it a member), a piece at a time.
protocol FrameEncoder: AnyObject {
    /// Consumes some of `input` and writes some of `output`, which has at least `frameOutputBytesMin` bytes.
    ///
    /// - Parameter isLast: whether the frame ends with this input. Then the same rest is given again until `isDone`.
    func encode(
        _ input: UnsafeRawBufferPointer, isLast: Bool, into output: UnsafeMutableRawBufferPointer
    ) -> EncodeStep
}

/// What one call of an encoder did.
struct EncodeStep {
    let consumed: Int
    let produced: Int
    /// Whether all input is consumed and, when it is the last, the frame complete.
    let isDone: Bool
}

/// The space that every encoder gets for a step.
/// - Units: bytes.
let frameOutputBytesMin = 256 << 10

extension Codec {
    /// A new encoder; nil for `plain`.
    func makeEncoder() -> (any FrameEncoder)? {
        switch self {
        case .plain: nil
        case .gzip: GzipEncoder()
        case .zstd: ZstdEncoder()
        case .lz4: LZ4Encoder()
        case .bzip2: Bzip2Encoder()
        case .xz: XZEncoder()
        }
    }
}

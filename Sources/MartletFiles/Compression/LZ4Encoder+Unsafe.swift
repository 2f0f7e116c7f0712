// Unsafe: `context` comes from the library and is freed once, in `deinit`. The library reads and writes only
// inside the regions it is told of, during the call.

import CLZ4

/// Writes one `.lz4` frame with a checksum of its content, as the `lz4` command does.
@safe final class LZ4Encoder: FrameEncoder {
    private let context: OpaquePointer
    private var preferences = LZ4F_preferences_t()
    private var hasBegun = false

    init() {
        var created: OpaquePointer?
        let status = unsafe LZ4F_createCompressionContext(&created, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(status) == 0, let context = unsafe created else {
            preconditionFailure("out of memory: lz4 encoder")
        }
        unsafe self.context = context
        preferences.frameInfo.contentChecksumFlag = LZ4F_contentChecksumEnabled
        preferences.frameInfo.blockSizeID = LZ4F_max64KB
    }

    deinit { unsafe LZ4F_freeCompressionContext(context) }

    func encode(
        _ input: UnsafeRawBufferPointer, isLast: Bool, into output: UnsafeMutableRawBufferPointer
    ) -> EncodeStep {
        if !hasBegun {
            hasBegun = true
            let header = unsafe LZ4F_compressBegin(context, output.baseAddress, output.count, &preferences)
            return EncodeStep(consumed: 0, produced: checked(header), isDone: false)
        }
        // The library wants space for all that a call may write: with pieces of a block, less than three blocks.
        let offered = min(input.count, Self.pieceBytes)
        if offered > 0 {
            let written = unsafe LZ4F_compressUpdate(
                context, output.baseAddress, output.count, input.baseAddress, offered, nil)
            let isDone = !isLast && offered == input.count
            return EncodeStep(consumed: offered, produced: checked(written), isDone: isDone)
        }
        guard isLast else { return EncodeStep(consumed: 0, produced: 0, isDone: true) }
        let end = unsafe LZ4F_compressEnd(context, output.baseAddress, output.count, nil)
        return EncodeStep(consumed: 0, produced: checked(end), isDone: true)
    }

    private func checked(_ count: Int) -> Int {
        precondition(LZ4F_isError(count) == 0, "lz4 fails: \(unsafe String(cString: LZ4F_getErrorName(count)))")
        return count
    }

    private static let pieceBytes = 64 << 10
}

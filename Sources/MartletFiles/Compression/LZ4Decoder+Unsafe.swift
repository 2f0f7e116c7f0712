// Unsafe: `context` comes from the library and is freed once, in `deinit`. The library reads and writes only
// inside the regions it is told of, during the call.

import CLZ4

/// Decodes `.lz4` files of one or more frames, as the `lz4` command writes them.
@safe final class LZ4Decoder: Decompressor {
    private let context: OpaquePointer
    private(set) var isAtFrameEnd = false
    /// Bytes that the decoder wants next. Feeding no more makes a failure's offset exact to the block.
    private var wanted = frameHeaderBytesMin

    init() {
        var created: OpaquePointer?
        let status = unsafe LZ4F_createDecompressionContext(&created, UInt32(LZ4F_VERSION))
        guard LZ4F_isError(status) == 0, let context = unsafe created else {
            preconditionFailure("out of memory: lz4 decoder")
        }
        unsafe self.context = context
    }

    deinit { unsafe LZ4F_freeDecompressionContext(context) }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecodeFailure) -> DecodeStep {
        var consumed = min(input.count, wanted)
        var produced = output.count
        let hint = unsafe LZ4F_decompress(
            context, output.baseAddress, &produced, input.baseAddress, &consumed, nil)
        guard LZ4F_isError(hint) == 0 else {
            throw unsafe DecodeFailure(consumed: 0, detail: String(cString: LZ4F_getErrorName(hint)))
        }
        if consumed > 0 || produced > 0 { isAtFrameEnd = hint == 0 }
        wanted = hint == 0 ? Self.frameHeaderBytesMin : hint
        return DecodeStep(consumed: consumed, produced: produced)
    }

    /// The shortest header: magic number, flags, block descriptor, header checksum.
    private static let frameHeaderBytesMin = 7
}

// Unsafe: `context` comes from the library and is freed once, in `deinit`. The library reads and writes only
// inside the regions it is told of, during the call.

import CZstd

/// Decodes `.zst` files of one or more frames. Frames that ask for a window above the library's limit (128
/// MiB, more than any level of the `zstd` command uses without `--long`) are refused.
@safe final class ZstdDecoder: Decompressor {
    private let context: OpaquePointer
    private(set) var isAtFrameEnd = false

    init() {
        guard let context = unsafe ZSTD_createDStream() else {
            preconditionFailure("out of memory: zstd decoder")
        }
        unsafe self.context = context
    }

    deinit { unsafe ZSTD_freeDStream(context) }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecodeFailure) -> DecodeStep {
        var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let hint = unsafe ZSTD_decompressStream(context, &target, &source)
        let step = unsafe DecodeStep(consumed: source.pos, produced: target.pos)
        guard ZSTD_isError(hint) == 0 else {
            throw unsafe DecodeFailure(
                consumed: step.consumed, detail: String(cString: ZSTD_getErrorName(hint)))
        }
        if step.consumed > 0 || step.produced > 0 { isAtFrameEnd = hint == 0 }
        return step
    }
}

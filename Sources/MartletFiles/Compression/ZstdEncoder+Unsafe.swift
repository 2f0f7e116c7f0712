// Unsafe: `context` comes from the library and is freed once, in `deinit`. The library reads and writes only
// inside the regions it is told of, during the call.

import CZstd

/// Writes one `.zst` frame with a checksum, at the level of the `zstd` command.
@safe final class ZstdEncoder: FrameEncoder {
    private let context: OpaquePointer

    init() {
        guard let context = unsafe ZSTD_createCCtx() else { preconditionFailure("out of memory: zstd encoder") }
        unsafe ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
        unsafe self.context = context
    }

    deinit { unsafe ZSTD_freeCCtx(context) }

    func encode(
        _ input: UnsafeRawBufferPointer, isLast: Bool, into output: UnsafeMutableRawBufferPointer
    ) -> EncodeStep {
        var source = unsafe ZSTD_inBuffer(src: input.baseAddress, size: input.count, pos: 0)
        var target = unsafe ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
        let left = unsafe ZSTD_compressStream2(context, &target, &source, isLast ? ZSTD_e_end : ZSTD_e_continue)
        precondition(ZSTD_isError(left) == 0, "zstd fails: \(unsafe String(cString: ZSTD_getErrorName(left)))")
        let isDone = unsafe isLast ? left == 0 : source.pos == input.count
        return unsafe EncodeStep(consumed: source.pos, produced: target.pos, isDone: isDone)
    }
}

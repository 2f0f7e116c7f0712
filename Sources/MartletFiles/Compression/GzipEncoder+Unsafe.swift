// Unsafe: `stream` is one heap allocation at a fixed address (zlib keeps a pointer to it), initialised by
// `init`, freed by `deinit`. Its input and output pointers are set from the caller's regions before each
// call, with their sizes, and not used after it.

import CZlib

/// Writes one gzip member, at the level of the `gzip` command.
@safe final class GzipEncoder: FrameEncoder {
    private let stream: UnsafeMutablePointer<z_stream>

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let gzip: CInt = 16 + 15
        let usualMemory: CInt = 8
        let status = unsafe deflateInit2_(
            stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, gzip, usualMemory, Z_DEFAULT_STRATEGY, ZLIB_VERSION,
            CInt(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib cannot start: \(status)")
    }

    deinit {
        unsafe deflateEnd(stream)
        unsafe stream.deallocate()
    }

    func encode(
        _ input: UnsafeRawBufferPointer, isLast: Bool, into output: UnsafeMutableRawBufferPointer
    ) -> EncodeStep {
        let offered = min(input.count, Self.stepBytesMax)
        let room = min(output.count, Self.stepBytesMax)
        let ends = isLast && offered == input.count
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: Bytef.self))
        unsafe stream.pointee.avail_in = uInt(offered)
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self)
        unsafe stream.pointee.avail_out = uInt(room)
        let status = unsafe deflate(stream, ends ? Z_FINISH : Z_NO_FLUSH)
        precondition(status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR, "zlib fails: \(status)")
        let consumed = unsafe offered - Int(stream.pointee.avail_in)
        let produced = unsafe room - Int(stream.pointee.avail_out)
        let isDone = isLast ? status == Z_STREAM_END : consumed == input.count
        return EncodeStep(consumed: consumed, produced: produced, isDone: isDone)
    }

    /// zlib counts in 32 bits.
    private static let stepBytesMax = 1 << 30
}

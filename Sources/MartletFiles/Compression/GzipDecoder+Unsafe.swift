// Unsafe: `stream` is one heap allocation at a fixed address (zlib keeps a pointer to it), initialised by
// `init`, freed by `deinit`. Its input and output pointers are set from the caller's regions before each
// call, with their sizes, and not used after it.

import CZlib

/// Decodes `.gz` files of one or more members.
@safe final class GzipDecoder: Decompressor {
    private let stream: UnsafeMutablePointer<z_stream>
    private(set) var isAtFrameEnd = false

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: z_stream())
        let gzipOnly: CInt = 16 + 15
        let status = unsafe inflateInit2_(stream, gzipOnly, ZLIB_VERSION, CInt(MemoryLayout<z_stream>.size))
        precondition(status == Z_OK, "zlib cannot start: \(status)")
    }

    deinit {
        unsafe inflateEnd(stream)
        unsafe stream.deallocate()
    }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecodeFailure) -> DecodeStep {
        let offered = min(input.count, Self.stepBytesMax)
        let room = min(output.count, Self.stepBytesMax)
        unsafe stream.pointee.next_in = UnsafeMutablePointer(
            mutating: input.baseAddress?.assumingMemoryBound(to: Bytef.self))
        unsafe stream.pointee.avail_in = uInt(offered)
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: Bytef.self)
        unsafe stream.pointee.avail_out = uInt(room)
        let status = unsafe inflate(stream, Z_NO_FLUSH)
        let step = unsafe DecodeStep(
            consumed: offered - Int(stream.pointee.avail_in), produced: room - Int(stream.pointee.avail_out))
        switch status {
        case Z_STREAM_END:
            isAtFrameEnd = true
            unsafe inflateReset(stream)
        case Z_OK, Z_BUF_ERROR:
            if step.consumed > 0 { isAtFrameEnd = false }
        default:
            let detail =
                unsafe stream.pointee.msg.map { unsafe String(cString: $0) } ?? "zlib error \(status)"
            throw DecodeFailure(consumed: step.consumed, detail: detail)
        }
        return step
    }

    /// zlib counts in 32 bits.
    private static let stepBytesMax = 1 << 30
}

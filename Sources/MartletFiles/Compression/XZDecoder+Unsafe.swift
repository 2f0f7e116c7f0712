// Unsafe: `stream` is one heap allocation at a fixed address, freed by `deinit`. Its input and output pointers are set from
// the caller's regions before each call, with their sizes, and not used after it.

import CXZ

/// Decodes `.xz` files of one or more streams, and `.lzma` files. What asks for a dictionary larger than any level of the
/// `xz` command makes is refused.
@safe final class XZDecoder: Decompressor {
    private let stream: UnsafeMutablePointer<lzma_stream>
    private(set) var isAtFrameEnd = false

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: lzma_stream())
        Self.check(unsafe lzma_auto_decoder(stream, Self.memoryBytesMax, 0))
    }

    deinit {
        unsafe lzma_end(stream)
        unsafe stream.deallocate()
    }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecodeFailure) -> DecodeStep {
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = input.count
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = output.count
        let status = unsafe lzma_code(stream, LZMA_RUN)
        let step = unsafe DecodeStep(
            consumed: input.count - stream.pointee.avail_in, produced: output.count - stream.pointee.avail_out)
        switch status {
        case LZMA_STREAM_END:
            isAtFrameEnd = true
            // A file of the older format is one stream.
            Self.check(unsafe lzma_stream_decoder(stream, Self.memoryBytesMax, 0))
        // Nothing can be done without more input.
        case LZMA_OK, LZMA_BUF_ERROR:
            if step.consumed > 0 { isAtFrameEnd = false }
        default:
            throw DecodeFailure(consumed: step.consumed, detail: Self.text(of: status))
        }
        return step
    }

    private static func check(_ status: lzma_ret) {
        precondition(status == LZMA_OK, "xz cannot start: \(status.rawValue)")
    }

    private static func text(of status: lzma_ret) -> String {
        switch status {
        case LZMA_FORMAT_ERROR: "there is no xz header"
        case LZMA_DATA_ERROR: "a block is damaged"
        case LZMA_OPTIONS_ERROR: "it uses features that the library does not know"
        case LZMA_MEMLIMIT_ERROR: "its dictionary needs more than 128 MiB of memory"
        case LZMA_MEM_ERROR: "there is not enough memory"
        default: "xz error \(status.rawValue)"
        }
    }

    /// The largest level of the `xz` command needs half of it.
    private static let memoryBytesMax: UInt64 = 128 << 20
}

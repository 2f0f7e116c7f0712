// Unsafe: `stream` is one heap allocation at a fixed address, freed by `deinit`. Its input and output pointers are set from
// the caller's regions before each call, with their sizes, and not used after it.

import CXZ

/// Writes one xz stream.
@safe final class XZEncoder: FrameEncoder {
    private let stream: UnsafeMutablePointer<lzma_stream>

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: lzma_stream())
        let status = unsafe lzma_easy_encoder(stream, Self.level, LZMA_CHECK_CRC64)
        precondition(status == LZMA_OK, "xz cannot start: \(status.rawValue)")
    }

    deinit {
        unsafe lzma_end(stream)
        unsafe stream.deallocate()
    }

    func encode(
        _ input: UnsafeRawBufferPointer, isLast: Bool, into output: UnsafeMutableRawBufferPointer
    ) -> EncodeStep {
        unsafe stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_in = input.count
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
        unsafe stream.pointee.avail_out = output.count
        let status = unsafe lzma_code(stream, isLast ? LZMA_FINISH : LZMA_RUN)
        precondition(
            status == LZMA_OK || status == LZMA_STREAM_END || status == LZMA_BUF_ERROR, "xz fails: \(status.rawValue)")
        let consumed = unsafe input.count - stream.pointee.avail_in
        let produced = unsafe output.count - stream.pointee.avail_out
        return EncodeStep(
            consumed: consumed, produced: produced,
            isDone: isLast ? status == LZMA_STREAM_END : consumed == input.count)
    }

    /// Each task needs 32 MiB for it. The level of the command takes three times as much, for files that are little smaller.
    private static let level: UInt32 = 3
}

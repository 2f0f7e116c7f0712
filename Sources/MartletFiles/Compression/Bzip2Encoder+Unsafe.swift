// Unsafe: `stream` is one heap allocation at a fixed address (the library keeps a pointer to it), freed by `deinit`. Its input
// and output pointers are set from the caller's regions before each call, with their sizes, and not used after it.

import CBzip2

/// Writes one bzip2 stream, at the level of the `bzip2` command.
@safe final class Bzip2Encoder: FrameEncoder {
    private let stream: UnsafeMutablePointer<bz_stream>

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: bz_stream())
        let (largestBlock, usualEffort): (CInt, CInt) = (9, 0)
        let status = unsafe BZ2_bzCompressInit(stream, largestBlock, 0, usualEffort)
        precondition(status == BZ_OK, "bzip2 cannot start: \(status)")
    }

    deinit {
        unsafe BZ2_bzCompressEnd(stream)
        unsafe stream.deallocate()
    }

    func encode(
        _ input: UnsafeRawBufferPointer, isLast: Bool, into output: UnsafeMutableRawBufferPointer
    ) -> EncodeStep {
        let offered = min(input.count, Self.stepBytesMax)
        let room = min(output.count, Self.stepBytesMax)
        let ends = isLast && offered == input.count
        // To go on without input is an error.
        if offered == 0 && !ends { return EncodeStep(consumed: 0, produced: 0, isDone: true) }
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: CChar.self))
        unsafe stream.pointee.avail_in = UInt32(offered)
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: CChar.self)
        unsafe stream.pointee.avail_out = UInt32(room)
        let status = unsafe BZ2_bzCompress(stream, ends ? BZ_FINISH : BZ_RUN)
        precondition(status >= 0, "bzip2 fails: \(status)")
        let consumed = unsafe offered - Int(stream.pointee.avail_in)
        let produced = unsafe room - Int(stream.pointee.avail_out)
        return EncodeStep(
            consumed: consumed, produced: produced,
            isDone: ends ? status == BZ_STREAM_END : !isLast && consumed == input.count)
    }

    /// The library counts in 32 bits.
    private static let stepBytesMax = 1 << 30
}

// Unsafe: `stream` is one heap allocation at a fixed address (the library keeps a pointer to it), freed by `deinit`. Its input
// and output pointers are set from the caller's regions before each call, with their sizes, and not used after it.

import CBzip2

/// Decodes `.bz2` files of one or more streams.
@safe final class Bzip2Decoder: Decompressor {
    private let stream: UnsafeMutablePointer<bz_stream>
    private(set) var isAtFrameEnd = false

    init() {
        unsafe stream = .allocate(capacity: 1)
        unsafe stream.initialize(to: bz_stream())
        begin()
    }

    deinit {
        unsafe BZ2_bzDecompressEnd(stream)
        unsafe stream.deallocate()
    }

    func decode(
        _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer
    ) throws(DecodeFailure) -> DecodeStep {
        let offered = min(input.count, Self.stepBytesMax)
        let room = min(output.count, Self.stepBytesMax)
        unsafe stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress?.assumingMemoryBound(to: CChar.self))
        unsafe stream.pointee.avail_in = UInt32(offered)
        unsafe stream.pointee.next_out = output.baseAddress?.assumingMemoryBound(to: CChar.self)
        unsafe stream.pointee.avail_out = UInt32(room)
        let status = unsafe BZ2_bzDecompress(stream)
        let step = unsafe DecodeStep(
            consumed: offered - Int(stream.pointee.avail_in), produced: room - Int(stream.pointee.avail_out))
        switch status {
        case BZ_STREAM_END:
            isAtFrameEnd = true
            unsafe BZ2_bzDecompressEnd(stream)
            begin()
        case BZ_OK:
            if step.consumed > 0 { isAtFrameEnd = false }
        default:
            throw DecodeFailure(consumed: step.consumed, detail: Self.text(of: status))
        }
        return step
    }

    /// Expects the first byte of a stream.
    private func begin() {
        let status = unsafe BZ2_bzDecompressInit(stream, 0, 0)
        precondition(status == BZ_OK, "bzip2 cannot start: \(status)")
    }

    private static func text(of status: CInt) -> String {
        switch status {
        case BZ_DATA_ERROR_MAGIC: "there is no bzip2 header"
        case BZ_DATA_ERROR: "a block is damaged"
        case BZ_MEM_ERROR: "there is not enough memory"
        default: "bzip2 error \(status)"
        }
    }

    /// The library counts in 32 bits.
    private static let stepBytesMax = 1 << 30
}

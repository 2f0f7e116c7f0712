// Unsafe: the decoder gets the unread part of `input`, which this object owns and does not resize, and the
// caller's `space`; it keeps neither after the call.

/// The decompressed bytes of a whole file.
final class CompressedSource: ByteSource {
    private static let inputBytes = 128 << 10

    private let file: InputFile
    private let codec: Codec
    private let decoder: any FrameDecoder
    private let input = PaddedBuffer(capacity: inputBytes)
    /// The bytes in `input` that the decoder has not consumed.
    private var unread = 0..<0
    /// Bytes of the file that were read into `input` so far.
    private var filePosition = 0

    init(_ split: InputSplit, decoder: any FrameDecoder) throws(FileError) {
        file = try InputFile.open(split)
        codec = split.codec
        self.decoder = decoder
    }

    func read(into space: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        while true {
            if unread.isEmpty { try refill() }
            if unread.isEmpty && decoder.isAtFrameEnd { return 0 }
            let step = unsafe try decode(into: space)
            if step.produced > 0 { return step.produced }
            guard step.consumed == 0 else { continue }
            if unread.isEmpty { throw .truncated(path: file.path, codec: codec, offset: filePosition) }
            throw .corrupt(
                path: file.path, codec: codec, offset: position, detail: "the decoder makes no progress")
        }
    }

    /// The offset in the file of the next byte to decode.
    private var position: Int { filePosition - unread.count }

    private func refill() throws(FileError) {
        let count = unsafe try file.read(into: input[0..<input.capacity], at: filePosition)
        filePosition += count
        unread = 0..<count
    }

    private func decode(into space: UnsafeMutableRawBufferPointer) throws(FileError) -> DecodeStep {
        do {
            let step = unsafe try decoder.decode(UnsafeRawBufferPointer(input[unread]), into: space)
            unread = (unread.lowerBound + step.consumed)..<unread.upperBound
            return step
        } catch {
            throw .corrupt(
                path: file.path, codec: codec, offset: position + error.consumed, detail: error.detail)
        }
    }
}

// Unsafe: the decoder gets the unread part of `input`, which this object owns and does not resize, and the
// caller's `space`; it keeps neither after the call.

/// The decompressed bytes of a whole file.
final class CompressedSource: ByteSource {
    private static let inputBytes = 128 << 10

    private let file: any InputFile
    private let codec: Codec
    private let decoder: any Decompressor
    private let input = PaddedBuffer(capacity: inputBytes)
    /// The bytes in `input` that the decoder has not consumed.
    private var unread = 0..<0
    /// Bytes of the file that were read into `input` so far.
    private var filePosition = 0
    /// Text that was decoded to look at it, and is still to be given.
    private var head: ArraySlice<UInt8> = []
    /// Why there is nothing behind it.
    private var failure: FileError?

    /// - Parameter codec: any but `plain`.
    init(_ file: any InputFile, _ codec: Codec) {
        guard let decoder = codec.makeDecoder() else { preconditionFailure("a plain file is not decoded") }
        self.file = file
        self.codec = codec
        self.decoder = decoder
    }

    /// Looks at the first bytes of the text, and leaves a byte order mark out.
    ///
    /// - Returns: where the text begins.
    /// - Throws: `foreignFormat`, and what reading throws.
    func beginText() throws(FileError) -> Int {
        var bytes = [UInt8](repeating: 0, count: FirstBytes.wantedCount)
        var count = 0
        do {
            while count < bytes.count {
                let read = try decode(into: &bytes, from: count)
                if read == 0 { break }
                count += read
            }
        } catch {
            if count == 0 { throw error }
            failure = error
        }
        head = bytes[..<count]
        switch FirstBytes(bytes: Array(head)).meaning {
        case .foreign(let format): throw .foreignFormat(path: file.path, format: format)
        case .markedText: head = head.dropFirst(FirstBytes.byteOrderMark.count)
        case .compressed, .unknown: break
        }
        return head.startIndex
    }

    private func decode(into bytes: inout [UInt8], from start: Int) throws(FileError) -> Int {
        let result: Result<Int, FileError> = unsafe bytes.withUnsafeMutableBytes { space in
            do throws(FileError) {
                return .success(unsafe try read(into: UnsafeMutableRawBufferPointer(rebasing: space[start...])))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    func read(into space: UnsafeMutableRawBufferPointer) throws(FileError) -> Int {
        if !head.isEmpty {
            let count = min(head.count, space.count)
            unsafe space.copyBytes(from: head.prefix(count))
            head = head.dropFirst(count)
            return count
        }
        if let failure { throw failure }
        while true {
            if unread.isEmpty { try refill() }
            if decoder.isAtFrameEnd {
                if codec.allowsZeroPadding { try skipZeroPadding() }
                if unread.isEmpty { return 0 }
                try checkNextFrame()
            }
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

    /// Skips zero bytes between two frames, or behind the last one.
    private func skipZeroPadding() throws(FileError) {
        while !unread.isEmpty {
            let bytes = unsafe UnsafeRawBufferPointer(input[unread])
            let zeros = unsafe bytes.firstIndex { $0 != 0 } ?? bytes.count
            unread = (unread.lowerBound + zeros)..<unread.upperBound
            if !unread.isEmpty { return }
            try refill()
        }
    }

    /// - Throws: `corrupt` where no other frame follows: some decoders would take what is there for the beginning of one.
    private func checkNextFrame() throws(FileError) {
        let next = unsafe FirstBytes(bytes: Array(UnsafeRawBufferPointer(input[unread]).prefix(Self.magicBytesMax)))
        guard next.mayBegin(as: codec) else {
            throw .corrupt(path: file.path, codec: codec, offset: position, detail: "what follows is no \(codec) data")
        }
    }

    private static let magicBytesMax = 16

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

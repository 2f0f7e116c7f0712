// Unsafe: the encoder gets the caller's region and `output`, which this object owns and does not resize; it keeps
// neither after the call.

/// Writes a new file through a codec.
///
/// The file is complete when `close` returned; a writer that is dropped before leaves what it wrote so far.
/// Not for use by two threads at a time.
@safe public final class CompressedWriter {
    private let file: any OutputFile
    private let encoder: (any FrameEncoder)?
    private let output: PaddedBuffer
    private var isClosed = false

    /// - Parameter file: takes the compressed bytes, and is closed by this writer.
    package init(_ file: any OutputFile, codec: Codec) {
        self.file = file
        encoder = codec.makeEncoder()
        output = PaddedBuffer(capacity: encoder == nil ? 0 : frameOutputBytesMin)
    }

    /// Appends bytes.
    ///
    /// - Throws: `writeFailed`, perhaps for bytes of an earlier call; then the same again on every later call.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        precondition(!isClosed, "a closed writer takes no bytes")
        guard let encoder else { return unsafe try file.write(bytes) }
        unsafe try encode(bytes, isLast: false, encoder)
    }

    /// Appends bytes.
    ///
    /// - Throws: as the other form.
    public func write(_ bytes: Span<UInt8>) throws(FileError) {
        unsafe try bytes.withUnsafeBytes { (region) throws(FileError) in unsafe try write(region) }
    }

    /// Ends the compressed frame and closes the file. A second call does nothing.
    ///
    /// - Throws: `writeFailed`: the file is not complete. It is closed all the same.
    public func close() throws(FileError) {
        guard !isClosed else { return }
        isClosed = true
        do throws(FileError) {
            if let encoder { unsafe try encode(UnsafeRawBufferPointer(start: nil, count: 0), isLast: true, encoder) }
        } catch {
            try? file.close()
            throw error
        }
        try file.close()
    }

    private func encode(
        _ bytes: UnsafeRawBufferPointer, isLast: Bool, _ encoder: any FrameEncoder
    ) throws(FileError) {
        var rest = unsafe bytes
        while true {
            let step = unsafe encoder.encode(rest, isLast: isLast, into: output[0..<output.capacity])
            unsafe try file.write(UnsafeRawBufferPointer(output[0..<step.produced]))
            if step.isDone { return }
            unsafe rest = UnsafeRawBufferPointer(rebasing: rest[step.consumed...])
        }
    }
}

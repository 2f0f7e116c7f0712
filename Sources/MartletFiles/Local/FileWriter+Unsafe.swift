// Unsafe: `write` is told the size of the region it reads, which is either the caller's, for the call, or the
// filled part of `buffer`, which this object owns and never resizes.

import Glibc

/// Writes a new file of this machine from its start, through a buffer.
///
/// The file is complete when `close` returned; a writer that is dropped before leaves what it wrote so far.
/// Not for use by two threads at a time.
@safe public final class FileWriter: OutputFile {
    /// The file.
    public let path: String
    /// Bytes given to `write` so far.
    public private(set) var bytesWritten = 0

    private static let bufferBytes = 256 << 10

    private var descriptor: Int32
    private let buffer = PaddedBuffer(capacity: bufferBytes)
    private var buffered = 0
    private var failure: FileError?
    private let systemWrite: SystemWrite

    /// Creates the file, or empties the one that is there.
    ///
    /// - Throws: `writeFailed`.
    public convenience init(creating path: String) throws(FileError) {
        unsafe try self.init(path: path, flags: O_TRUNC, write: Glibc.write)
    }

    /// Creates a file that must not be there yet.
    convenience init(creatingNew path: String) throws(FileError) {
        unsafe try self.init(creatingNew: path, write: Glibc.write)
    }

    /// Creates a file that must not be there yet.
    ///
    /// - Parameter write: the system's `write`, which a test may play.
    /// - Throws: `writeFailed`.
    package convenience init(creatingNew path: String, write: @escaping SystemWrite) throws(FileError) {
        unsafe try self.init(path: path, flags: O_EXCL, write: write)
    }

    private init(path: String, flags: Int32, write: @escaping SystemWrite) throws(FileError) {
        self.path = path
        unsafe systemWrite = write
        descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0o666)
        if descriptor < 0 { throw .cannotWrite(path, errno) }
    }

    deinit { if descriptor >= 0 { _ = Glibc.close(descriptor) } }

    /// Appends bytes.
    ///
    /// - Throws: `writeFailed`, perhaps for bytes of an earlier call; then the same again on every later
    ///   call.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        precondition(descriptor >= 0, "a closed writer takes no bytes")
        if let failure { throw failure }
        bytesWritten += bytes.count
        if bytes.count > Self.bufferBytes - buffered { try flush() }
        if bytes.count >= Self.bufferBytes {
            unsafe try writeThrough(bytes)
        } else {
            unsafe buffer[buffered..<(buffered + bytes.count)].copyMemory(from: bytes)
            buffered += bytes.count
        }
    }

    /// Writes what is buffered and waits until the disk has it.
    ///
    /// - Throws: `writeFailed`; then the same again on every later call.
    package func synchronize() throws(FileError) {
        precondition(descriptor >= 0, "a closed writer has nothing to synchronize")
        if let failure { throw failure }
        try flush()
        while fsync(descriptor) != 0 {
            if errno != EINTR { throw failed(errno) }
        }
    }

    /// Writes what is buffered and closes the file. A second call does nothing.
    ///
    /// - Throws: `writeFailed`: the file is not complete. It is closed all the same.
    public func close() throws(FileError) {
        guard descriptor >= 0 else { return }
        defer { descriptor = -1 }
        do throws(FileError) {
            if let failure { throw failure }
            try flush()
        } catch {
            _ = Glibc.close(descriptor)
            throw error
        }
        // Some file systems report a full disk only here.
        if Glibc.close(descriptor) != 0 && errno != EINTR { throw .writeFailed(path: path, code: errno) }
    }

    private func flush() throws(FileError) {
        unsafe try writeThrough(UnsafeRawBufferPointer(buffer[0..<buffered]))
        buffered = 0
    }

    private func writeThrough(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        var count = 0
        while count < bytes.count {
            let written = unsafe systemWrite(descriptor, bytes.baseAddress! + count, bytes.count - count)
            if written >= 0 {
                count += written
            } else if errno != EINTR {
                throw failed(errno)
            }
        }
    }

    private func failed(_ code: Int32) -> FileError {
        let error = FileError.writeFailed(path: path, code: code)
        failure = error
        return error
    }
}

/// `write(2)`: may write less than it is given, and sets `errno` when it returns -1.
package typealias SystemWrite = (_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int

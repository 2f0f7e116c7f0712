// Unsafe: `pread`, or what a test puts in its place, is told the size of the region it fills, which the caller lends for
// the call.

import Glibc

/// An open file of this machine: owns its descriptor.
@safe package final class LocalInputFile: InputFile {
    package let path: String
    /// The size that was planned; nothing is read beyond it.
    /// - Units: bytes.
    package private(set) var size: Int
    private let descriptor: Int32
    private let systemRead: SystemRead

    /// Opens the file of a split.
    ///
    /// - Throws: `notFound`; `notReadable`; `changed` when it is shorter than planned.
    static func open(_ split: InputSplit) throws(FileError) -> LocalInputFile {
        let descriptor = try openDescriptor(split.path)
        let file = unsafe LocalInputFile(path: split.path, size: split.fileSize, descriptor: descriptor, read: pread)
        let status = try file.status()
        if status.size < split.fileSize {
            throw .changed(path: split.path, plannedSize: split.fileSize, size: status.size)
        }
        posix_fadvise(descriptor, split.offset, split.length, POSIX_FADV_SEQUENTIAL)
        return file
    }

    /// Opens a whole file, of the size that it has now.
    ///
    /// - Parameter read: the system's `pread`, which a test may play.
    /// - Throws: `notFound`; `notReadable`.
    package static func open(_ path: String, read: @escaping SystemRead) throws(FileError) -> LocalInputFile {
        let file = unsafe LocalInputFile(path: path, size: 0, descriptor: try openDescriptor(path), read: read)
        file.size = try file.status().size
        return file
    }

    private init(path: String, size: Int, descriptor: Int32, read: @escaping SystemRead) {
        self.path = path
        self.size = size
        self.descriptor = descriptor
        unsafe systemRead = read
    }

    deinit { close(descriptor) }

    /// Reads at `offset` until `space` is full or the planned size is reached.
    ///
    /// - Returns: the number of bytes, 0 only at the planned size.
    /// - Throws: `readFailed`; `changed` when the file ends before the planned size.
    package func read(into space: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let wanted = min(space.count, size - offset)
        var count = 0
        while count < wanted {
            let read = unsafe systemRead(descriptor, space.baseAddress! + count, wanted - count, offset + count)
            if read > 0 {
                count += read
            } else if read == 0 {
                throw .changed(path: path, plannedSize: size, size: offset + count)
            } else if errno != EINTR {
                throw .readFailed(path: path, offset: offset + count, code: errno)
            }
        }
        return count
    }

    private static func openDescriptor(_ path: String) throws(FileError) -> Int32 {
        // Without `O_NONBLOCK`, a pipe that took the file's name would block here.
        let descriptor = unsafe Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        if descriptor >= 0 { return descriptor }
        let code = errno
        if code == ENOENT { throw .notFound(path: path) }
        throw .cannotRead(path, code)
    }

    /// The status of the regular file that this is.
    private func status() throws(FileError) -> FileStatus {
        switch FileStatus.open(descriptor) {
        case .failure(let error):
            throw .notReadable(path: path, reason: systemErrorText(error.code))
        case .success(let status):
            if status.kind == .regular { return status }
            throw .notReadable(path: path, reason: "not a regular file")
        }
    }
}

/// `pread(2)`: may read less than it is asked for, and sets `errno` when it returns -1.
package typealias SystemRead = (
    _ descriptor: Int32, _ space: UnsafeMutableRawPointer?, _ count: Int, _ offset: Int
) -> Int

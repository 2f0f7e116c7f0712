// Unsafe: `pread` is told the size of the region it fills, which the caller lends for the call.

import Glibc

/// An open input file: owns its descriptor.
struct InputFile: ~Copyable {
    let path: String
    /// The size that was planned; nothing is read beyond it.
    /// - Units: bytes.
    let size: Int
    private let descriptor: Int32

    /// Opens the file of a split.
    ///
    /// - Throws: `notFound`; `notReadable`; `changed` when it is shorter than planned.
    static func open(_ split: InputSplit) throws(FileError) -> InputFile {
        // Without `O_NONBLOCK`, a pipe that took the file's name would block here.
        let descriptor = unsafe Glibc.open(split.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            let code = errno
            if code == ENOENT { throw .notFound(path: split.path) }
            throw .notReadable(path: split.path, reason: systemErrorText(code))
        }
        let file = InputFile(path: split.path, size: split.fileSize, descriptor: descriptor)
        if let error = check(descriptor, split) { throw error }
        posix_fadvise(descriptor, split.offset, split.length, POSIX_FADV_SEQUENTIAL)
        return file
    }

    private init(path: String, size: Int, descriptor: Int32) {
        self.path = path
        self.size = size
        self.descriptor = descriptor
    }

    deinit { close(descriptor) }

    /// Reads at `offset` until `space` is full or the planned size is reached.
    ///
    /// - Returns: the number of bytes, 0 only at the planned size.
    /// - Throws: `readFailed`; `changed` when the file ends before the planned size.
    func read(into space: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let wanted = min(space.count, size - offset)
        var count = 0
        while count < wanted {
            let read = unsafe pread(descriptor, space.baseAddress! + count, wanted - count, offset + count)
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

    private static func check(_ descriptor: Int32, _ split: InputSplit) -> FileError? {
        switch FileStatus.open(descriptor) {
        case .failure(let error):
            .notReadable(path: split.path, reason: systemErrorText(error.code))
        case .success(let status) where status.kind != .regular:
            .notReadable(path: split.path, reason: "not a regular file")
        case .success(let status) where status.size < split.fileSize:
            .changed(path: split.path, plannedSize: split.fileSize, size: status.size)
        case .success:
            nil
        }
    }
}

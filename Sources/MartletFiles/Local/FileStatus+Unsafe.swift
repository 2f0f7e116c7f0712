// Unsafe: `stat`, `lstat` and `fstat` fill a local structure that is initialised before the call; paths are
// passed as strings that live for the duration of the call.

import Glibc

/// The facts about a directory entry that planning and committing need.
struct FileStatus {
    enum Kind { case regular, directory, other }

    let kind: Kind
    /// - Units: bytes.
    let size: Int

    private init(_ status: stat) {
        switch status.st_mode & S_IFMT {
        case S_IFREG: kind = .regular
        case S_IFDIR: kind = .directory
        default: kind = .other
        }
        size = Int(status.st_size)
    }

    /// The status of the file that `path` leads to, through symbolic links, or the `errno` that `stat` gave.
    static func following(_ path: String) -> Result<FileStatus, SystemError> {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return .failure(SystemError(code: errno)) }
        return .success(FileStatus(status))
    }

    /// The status of an open file.
    static func open(_ descriptor: Int32) -> Result<FileStatus, SystemError> {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { return .failure(SystemError(code: errno)) }
        return .success(FileStatus(status))
    }

    /// Whether anything, a dangling symbolic link included, has this path.
    static func isTaken(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }
}

/// A bare `errno`, before the caller words it with a path.
package struct SystemError: Error {
    package let code: Int32
}

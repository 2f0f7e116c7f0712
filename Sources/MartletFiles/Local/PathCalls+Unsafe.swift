// Unsafe: each call gets paths as strings that live for the duration of the call, and keeps none.

import Glibc

/// System calls on paths. Each returns 0, or the `errno` of its failure.
package enum PathCalls {
    static func makeDirectory(_ path: String) -> Int32 {
        code(unsafe mkdir(path, 0o777))
    }

    static func removeDirectory(_ path: String) -> Int32 {
        code(unsafe rmdir(path))
    }

    package static func removeFile(_ path: String) -> Int32 {
        code(unsafe unlink(path))
    }

    /// Gives a file a second name; fails with `EEXIST` when that name is taken.
    static func linkFile(_ path: String, to target: String) -> Int32 {
        code(unsafe link(path, target))
    }

    /// Makes `path` a link that leads to `target`.
    static func makeSymbolicLink(_ path: String, to target: String) -> Int32 {
        code(unsafe symlink(target, path))
    }

    /// Moves a file, over whatever has the name.
    package static func renameFile(_ path: String, to target: String) -> Int32 {
        code(unsafe rename(path, target))
    }

    /// Asks whether this process may read the file.
    static func checkReadable(_ path: String) -> Int32 {
        code(unsafe access(path, R_OK))
    }

    /// Waits until the disk has the names in a directory.
    package static func synchronizeDirectory(_ path: String) -> Int32 {
        let descriptor = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        while true {
            let failure = code(fsync(descriptor))
            if failure != EINTR { return failure }
        }
    }

    private static func code(_ result: Int32) -> Int32 {
        result == 0 ? 0 : errno
    }
}

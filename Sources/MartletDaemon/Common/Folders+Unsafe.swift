// Unsafe: system calls on texts and structures that live for the duration of the call; a directory's entry is copied before the
// next one is read.

import Glibc
import MartletClusterClient
import MartletCore
import MartletFiles

/// Calls on directories, for daemons: nothing here follows a symbolic link out of a directory.
enum Folders {
    /// The names in a directory, sorted; none if it cannot be read.
    static func names(in directory: String) -> [String] { (try? directoryEntries(of: directory)) ?? [] }

    private static func names(in folder: OpaquePointer) -> [String] {
        var names: [String] = []
        while let entry = unsafe readdir(folder) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Removes a file, or a directory with all that is in it.
    static func remove(_ path: String) { remove(path, in: AT_FDCWD) }

    private static func remove(_ name: String, in parent: Int32) {
        if unsafe unlinkat(parent, name, 0) == 0 || errno == ENOENT { return }
        var opened = unsafe openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if opened < 0, errno == EACCES, unsafe fchmodat(parent, name, 0o700, 0) == 0 {
            opened = unsafe openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
        if opened >= 0 {
            // A directory that its owner cannot write cannot be emptied.
            fchmod(opened, 0o700)
            if let folder = unsafe fdopendir(opened) {
                for name in unsafe names(in: folder) { unsafe remove(name, in: dirfd(folder)) }
                unsafe closedir(folder)
            } else {
                close(opened)
            }
        }
        unsafe unlinkat(parent, name, AT_REMOVEDIR)
    }

    /// How long ago a directory was last changed; nil if it is none.
    static func age(of path: String, at now: Instant) -> Duration? {
        var status = stat()
        guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        let changed = Instant(nanoseconds: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
        return max(.zero, now - changed)
    }

    static func isFile(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The first bytes of a file, from an offset on; fewer if there are no more, or if it cannot be read.
    static func firstBytes(of path: String, from offset: Int = 0, count: Int) -> [UInt8] {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var bytes = [UInt8](repeating: 0, count: count)
        let read = unsafe pread(file, &bytes, count, offset)
        return Array(bytes.prefix(max(0, read)))
    }

    /// The size of a file; 0 if there is none.
    static func byteCount(of path: String) -> Int {
        var status = stat()
        return unsafe lstat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    /// A path that holds wherever a process is; nil if there is nothing.
    static func absolute(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    /// - Returns: 0, or the `errno`.
    static func rename(_ path: String, to other: String) -> Int32 { unsafe Glibc.rename(path, other) == 0 ? 0 : errno }

    /// Copies a file to a new one.
    static func copy(_ source: String, to target: String, mode: mode_t) throws(FileServiceError) {
        let from = unsafe open(source, O_RDONLY | O_CLOEXEC)
        guard from >= 0 else { throw .unreadable(path: source, code: errno) }
        defer { close(from) }
        let to = unsafe open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard to >= 0 else { throw .unwritable(path: target, code: errno) }
        defer { close(to) }
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = unsafe read(from, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: source, code: errno) }
            if count == 0 { return }
            let code = writeAll(buffer[..<count], to: to)
            guard code == 0 else { throw .unwritable(path: target, code: code) }
        }
    }

    /// - Returns: 0, or the `errno`.
    static func writeAll(_ bytes: ArraySlice<UInt8>, to descriptor: Int32) -> Int32 {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress!, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return errno }
            rest = rest.dropFirst(count)
        }
        return 0
    }

    /// Takes a directory for this process alone, until it ends.
    ///
    /// - Returns: a descriptor to close; nil if another process has it.
    static func lock(_ path: String) throws(FileServiceError) -> Int32? {
        let file = unsafe open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw .unwritable(path: path, code: errno) }
        if flock(file, LOCK_EX | LOCK_NB) == 0 { return file }
        let code = errno
        close(file)
        guard code == EWOULDBLOCK else { throw .unwritable(path: path, code: code) }
        return nil
    }

    static func unlock(_ descriptor: Int32) { close(descriptor) }
}

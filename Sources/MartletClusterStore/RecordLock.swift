import Glibc
import MartletDaemon

/// A lock on a directory of records, which ends with the process that has it.
final class RecordLock: Sendable {
    private let descriptor: Int32

    /// - Throws: if another process has it; the reason says which.
    init(_ path: String) throws(RecordStoreError) {
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .failed(reason: "\(path): \(String(cString: strerror(errno)))") }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var bytes = [UInt8](repeating: 0, count: 32)
            let count = max(0, read(descriptor, &bytes, bytes.count))
            let holder = String(decoding: bytes.prefix(count), as: UTF8.self).filter(\.isNumber)
            close(descriptor)
            throw .failed(reason: "process \(holder.isEmpty ? "?" : holder), another master, uses them; stop it, or choose another --recovery-dir")
        }
        ftruncate(descriptor, 0)
        let text = Array("\(getpid())\n".utf8)
        _ = write(descriptor, text, text.count)
    }

    deinit { close(descriptor) }
}

/// Makes an empty file for this user alone, unless there is one; one that others may read is closed to them.
func makePrivateFile(_ path: String) throws(RecordStoreError) {
    let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard file >= 0, fchmod(file, 0o600) == 0 else { throw .failed(reason: "\(path): \(String(cString: strerror(errno)))") }
    close(file)
}

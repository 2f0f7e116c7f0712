// Unsafe: calls of the C functions with buffers that live for the duration of the call.

internal import CMartletRuntime
import Glibc
package import MartletClusterState

/// SHA-256 of bytes that arrive in pieces.
package struct ContentHash {
    private var state = martlet_sha256()

    /// - Parameter isPlain: whether the processor's own instructions for it are left unused.
    package init(isPlain: Bool = false) { unsafe martlet_sha256_begin(&state, isPlain ? 1 : 0) }

    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        unsafe martlet_sha256_add(&state, bytes.baseAddress, bytes.count)
    }

    /// The hash as 64 hexadecimal digits. Nothing may be added after it.
    package mutating func finish() -> String {
        var digest = [UInt8](repeating: 0, count: 32)
        unsafe martlet_sha256_end(&state, &digest)
        return digest.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    }

    /// Whether a text is a hash: it may name a file.
    package static func isHash(_ text: String) -> Bool {
        text.utf8.count == 64 && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
    }
}

extension FileReference {
    /// Reads a file.
    /// - Parameter name: nil for the last part of the path.
    /// - Throws: `FileServiceError`
    package init(of path: String, name: String? = nil) throws(FileServiceError) {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw .unreadable(path: path, code: errno) }
        defer { close(file) }
        var hash = ContentHash()
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        var total = 0
        while true {
            let count = unsafe read(file, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unreadable(path: path, code: errno) }
            if count == 0 { break }
            unsafe buffer.withUnsafeBytes { bytes in unsafe hash.add(UnsafeRawBufferPointer(rebasing: bytes[..<count])) }
            total += count
        }
        let last = path.split(separator: "/").last.map(String.init) ?? path
        self.init(hash: hash.finish(), byteCount: total, name: name ?? last)
    }
}

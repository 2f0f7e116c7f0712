// Unsafe: system calls on buffers that live for the duration of the call.

import Glibc
package import MartletClusterState
import MartletNetwork

/// The file with the secret of a cluster: every process that knows it is a member.
package enum SecretFile {
    /// Where it is, unless it is said otherwise: `MARTLET_SECRET_FILE`, else `.martlet/secret` in the home directory.
    package static var defaultPath: String {
        if let path = unsafe getenv("MARTLET_SECRET_FILE").map({ unsafe String(cString: $0) }), !path.isEmpty { return path }
        let home = unsafe getenv("HOME").map { unsafe String(cString: $0) } ?? "/"
        return home + "/.martlet/secret"
    }

    /// Reads a secret.
    ///
    /// - Returns: nil if there is no file.
    /// - Throws: `SecretFileError` if others could have read or written it, or it is of no use.
    package static func read(_ path: String) throws(SecretFileError) -> ClusterSecret? {
        let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return nil }
            throw SecretFileError(path: path, problem: FileServiceError.words(errno))
        }
        defer { close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw SecretFileError(path: path, problem: FileServiceError.words(errno)) }
        guard status.st_mode & 0o077 == 0 else {
            throw SecretFileError(path: path, problem: "others may read or write it; say: chmod 600 \(path)")
        }
        guard status.st_uid == geteuid() || status.st_uid == 0 else {
            throw SecretFileError(path: path, problem: "it belongs to another user")
        }
        var bytes = [UInt8](repeating: 0, count: 1024)
        let count = unsafe Glibc.read(file, &bytes, bytes.count)
        let text = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).filter { !$0.isWhitespace }
        let lengths = NetworkSecurity.leastSecretBytes...NetworkSecurity.mostSecretBytes
        guard lengths.contains(text.utf8.count) else {
            let problem = "it has \(text.utf8.count) bytes, and a secret has \(lengths.lowerBound) to \(lengths.upperBound)"
            throw SecretFileError(path: path, problem: problem)
        }
        return ClusterSecret(text)
    }

    /// Makes the file with a new secret, unless there is one.
    package static func make(_ path: String) throws(SecretFileError) { try write(drawn(), to: path) }

    /// Makes the file with a secret, unless there is one.
    package static func write(_ secret: ClusterSecret, to path: String) throws(SecretFileError) {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        if !folder.isEmpty {
            do throws(FileServiceError) { try makeDirectory(folder) } catch {
                throw SecretFileError(path: path, problem: "\(error)")
            }
        }
        // A name that no other maker has, nor one that was ended in between.
        let temporary = path + ".\(UInt64.random(in: .min ... .max))"
        let file = unsafe open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw SecretFileError(path: path, problem: FileServiceError.words(errno)) }
        defer { unsafe unlink(temporary) }
        defer { close(file) }
        let code = unsafe Array((secret.text + "\n").utf8).withUnsafeBytes { unsafe writeAll($0, to: file) }
        guard code == 0 else { throw SecretFileError(path: path, problem: FileServiceError.words(code)) }
        // Two that make it at the same time end with one.
        if unsafe link(temporary, path) != 0, errno != EEXIST {
            throw SecretFileError(path: path, problem: FileServiceError.words(errno))
        }
    }

    /// A secret that nobody can guess: 256 bits.
    package static func drawn() -> ClusterSecret {
        ClusterSecret((0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined(separator: "-"))
    }
}

/// The secret of a cluster cannot be used.
package struct SecretFileError: Error, Equatable, CustomStringConvertible {
    package let path: String
    let problem: String

    package var description: String { "the cluster's secret in \(path) cannot be used: \(problem)" }
}

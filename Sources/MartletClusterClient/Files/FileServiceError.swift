import Glibc

/// A file could not be brought from one process of a cluster to another.
package enum FileServiceError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, code: Int32)
    case unwritable(path: String, code: Int32)

    /// The sender does not have it, or the connection failed.
    case notSent(name: String, reason: String)

    /// Other bytes arrived than were announced.
    case damaged(name: String, expected: String, found: String)
    case tooLarge(name: String, byteCount: Int, limit: Int)
    case badName(String)

    package var description: String {
        switch self {
        case .unreadable(let path, let code): "cannot read \(path): \(Self.words(code))"
        case .unwritable(let path, let code): "cannot write \(path): \(Self.words(code))"
        case .notSent(let name, let reason): "\(name) did not arrive: \(reason)"
        case .damaged(let name, let expected, let found):
            "\(name) arrived with the hash \(found.prefix(12)) instead of \(expected.prefix(12)); it is not used"
        case .tooLarge(let name, let count, let limit): "\(name) has \(count) bytes; at most \(limit) are taken"
        case .badName(let name): "\"\(name)\" is no name of a file: it must not be empty, contain /, or be . or .."
        }
    }

    static func words(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}

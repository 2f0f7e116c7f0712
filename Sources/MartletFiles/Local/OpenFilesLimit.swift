import CMartletRuntime
import Glibc

/// How many files may be open at once, where there are as many already.
///
/// A file that cannot be opened for this reason is neither lost nor damaged.
public enum OpenFilesLimit: Error, Sendable, Hashable, CustomStringConvertible {
    /// `RLIMIT_NOFILE`, which is as high as this process may raise it.
    case process(Int)
    /// `fs.file-max`.
    case machine

    /// - Parameter code: an `errno`.
    /// - Returns: nil if it means something else.
    package init?(code: Int32) {
        switch code {
        case EMFILE: self = .process(martlet_open_files_limit())
        case ENFILE: self = .machine
        default: return nil
        }
    }

    /// What the limit is, and what to do.
    public var description: String {
        switch self {
        case .process(let limit):
            "the process has as many files open as it may, \(limit) (RLIMIT_NOFILE); raise the hard limit "
                + "(ulimit -Hn, or LimitNOFILE of a service), or use fewer slots and partitions"
        case .machine:
            "the machine has as many files open as it may (fs.file-max); raise that, or close programs"
        }
    }
}

extension FileError {
    /// Why a file cannot be made or written.
    package static func cannotWrite(_ path: String, _ code: Int32) -> FileError {
        OpenFilesLimit(code: code).map { .tooManyOpenFiles(path: path, $0) } ?? .writeFailed(path: path, code: code)
    }

    /// Why a file cannot be read.
    package static func cannotRead(_ path: String, _ code: Int32) -> FileError {
        OpenFilesLimit(code: code).map { .tooManyOpenFiles(path: path, $0) }
            ?? .notReadable(path: path, reason: systemErrorText(code))
    }
}

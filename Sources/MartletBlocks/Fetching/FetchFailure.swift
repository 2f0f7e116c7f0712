package import MartletCore

/// Data of another executor did not arrive: the failure of one try, and in the end of all of them.
package struct FetchFailure: EngineFailure, Equatable, CustomStringConvertible {
    package enum Cause: Equatable, Sendable {
        /// The holder does not answer.
        case unreachable
        /// The holder's file is missing or damaged.
        case disk
        /// The bytes arrive damaged, though the file is intact.
        case network
        /// There are too many open files. The holder's data is not lost.
        case openFiles
    }

    package let cause: Cause
    package let executor: ExecutorID
    /// What happened, and where.
    package let reason: String

    package init(cause: Cause, executor: ExecutorID, reason: String) {
        self.cause = cause
        self.executor = executor
        self.reason = reason
    }

    /// Whether a retry may help.
    package var isTransient: Bool { cause != .disk }

    /// The failure that is thrown after the last try.
    func after(tries: Int) -> FetchFailure {
        isTransient ? FetchFailure(cause: cause, executor: executor, reason: "\(reason), after \(tries) tries") : self
    }

    package var description: String { reason }
}

// The failures of one try.
extension FetchFailure {
    /// The executor does not answer, or the connection broke.
    package static func unreachable(executor: ExecutorID, reason: String) -> FetchFailure {
        FetchFailure(
            cause: .unreachable, executor: executor, reason: "executor \(executor) cannot be reached (network): \(reason)")
    }

    /// The executor answers that it has no such file, or cannot read it.
    package static func gone(path: String, executor: ExecutorID, reason: String) -> FetchFailure {
        FetchFailure(cause: .disk, executor: executor, reason: "executor \(executor) cannot read \(path) (disk): \(reason)")
    }

    /// This process, or the executor, has no descriptor for it now.
    package static func tooManyOpenFiles(executor: ExecutorID, reason: String) -> FetchFailure {
        FetchFailure(
            cause: .openFiles, executor: executor, reason: "what executor \(executor) has cannot be read now: \(reason)")
    }

    /// The executor sent a different number of bytes than requested.
    package static func length(path: String, executor: ExecutorID, expected: Int, found: Int) -> FetchFailure {
        FetchFailure(
            cause: .network, executor: executor,
            reason: "executor \(executor) sent \(found) bytes of \(path) instead of \(expected) (network)")
    }
}

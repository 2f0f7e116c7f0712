import MartletPages
package import MartletThreads

/// The means to read data that other executors hold. Shared by all tasks of a process.
package struct RemoteAccess: Sendable {
    package let transfer: any BlockTransfer
    package let pool: FetchPool
    package let retries: RetryPolicy
    /// - Units: bytes that one reader requests ahead of its position.
    package let maxBytesInFlight: Int
    private let pause: @Sendable (_ milliseconds: Int, CancellationFlag?) -> Void

    /// - Parameters:
    ///   - pause: blocks the calling thread for so many milliseconds, or until its task is cancelled.
    package init(
        _ transfer: any BlockTransfer, pool: FetchPool, retries: RetryPolicy = RetryPolicy(),
        maxBytesInFlight: Int = 48 << 20, pause: @escaping @Sendable (_ milliseconds: Int, CancellationFlag?) -> Void
    ) {
        self.transfer = transfer
        self.pool = pool
        self.retries = retries
        self.maxBytesInFlight = max(1, maxBytesInFlight)
        self.pause = pause
    }

    /// Waits before a retry.
    ///
    /// - Parameter failures: the failures so far; incremented.
    /// - Returns: false if no retry is left.
    func waits(_ failures: inout Int, _ cancellation: CancellationFlag?) throws -> Bool {
        failures += 1
        guard let milliseconds = retries.wait(after: failures) else { return false }
        try cancellation?.check()
        pause(milliseconds, cancellation)
        try cancellation?.check()
        return true
    }

    /// Retries `body` as long as the network fails and the policy allows.
    ///
    /// - Parameters:
    ///   - body: asks the executor, and throws `PageError` for an answer that is damaged.
    ///   - verify: returns the damage that the holder finds in its file; nil for none.
    /// - Throws: `FetchFailure`, `CancellationError`, and other errors of `body`.
    package func fetching<Value>(
        from executor: Int, _ cancellation: CancellationFlag?, _ body: () throws -> Value, verify: () throws -> String?
    ) throws -> Value {
        var failures = 0
        while true {
            do {
                return try body()
            } catch let error as TransferError {
                guard error.isTransient, try waits(&failures, cancellation) else {
                    throw FetchFailure(error, tries: failures)
                }
            } catch let error as PageError {
                try judge(error, from: executor, &failures, cancellation, verify)
            }
        }
    }

    /// Finds out whether the holder's file or the network has damaged the bytes, and waits.
    ///
    /// - Throws: `FetchFailure`, unless a retry is worthwhile.
    func judge(
        _ error: PageError, from executor: Int, _ failures: inout Int, _ cancellation: CancellationFlag?,
        _ verify: () throws -> String?
    ) throws {
        do {
            if let verdict = try verify() {
                throw FetchFailure(
                    cause: .disk, executor: executor,
                    reason: "executor \(executor) finds its file damaged (disk): \(verdict)")
            }
        } catch let refusal as TransferError {
            guard refusal.isTransient else { throw FetchFailure(refusal, tries: failures) }
        }
        guard try waits(&failures, cancellation) else {
            // The advice in the error is about disks.
            var what = "\(error)"
            if case .damaged(let file, let offset, let fault) = error { what = "\(file), byte \(offset): \(fault)" }
            throw FetchFailure(
                cause: .network, executor: executor,
                reason: "what executor \(executor) sends is damaged on the way (network), after \(failures) tries: \(what)")
        }
    }
}

/// Data of another executor cannot be fetched, after all retries.
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
    package let executor: Int
    /// What happened, and where.
    package let reason: String

    package init(cause: Cause, executor: Int, reason: String) {
        self.cause = cause
        self.executor = executor
        self.reason = reason
    }

    init(_ error: TransferError, tries: Int) {
        reason = error.isTransient ? "\(error), after \(tries) tries" : "\(error)"
        switch error {
        case .unreachable(let executor, _): (cause, self.executor) = (.unreachable, executor)
        case .gone(_, let executor, _): (cause, self.executor) = (.disk, executor)
        case .tooManyOpenFiles(let executor, _): (cause, self.executor) = (.openFiles, executor)
        case .length(_, let executor, _, _): (cause, self.executor) = (.network, executor)
        }
    }

    package var description: String { reason }
}

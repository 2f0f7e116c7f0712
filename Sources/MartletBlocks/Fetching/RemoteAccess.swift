package import MartletCore
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
        from executor: ExecutorID, _ cancellation: CancellationFlag?, _ body: () throws -> Value, verify: () throws -> String?
    ) throws -> Value {
        var failures = 0
        while true {
            do {
                return try body()
            } catch let error as FetchFailure {
                guard error.isTransient, try waits(&failures, cancellation) else { throw error.after(tries: failures) }
            } catch let error as PageError {
                try judge(error, from: executor, &failures, cancellation, verify)
            }
        }
    }

    /// Finds out whether the holder's file or the network has damaged the bytes, and waits.
    ///
    /// - Throws: `FetchFailure`, unless a retry is worthwhile.
    func judge(
        _ error: PageError, from executor: ExecutorID, _ failures: inout Int, _ cancellation: CancellationFlag?,
        _ verify: () throws -> String?
    ) throws {
        do {
            if let verdict = try verify() {
                throw FetchFailure(
                    cause: .disk, executor: executor,
                    reason: "executor \(executor) finds its file damaged (disk): \(verdict)")
            }
        } catch let failure as FetchFailure {
            // Without a verdict, the next try may bring intact bytes.
            guard failure.isTransient else { throw failure }
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

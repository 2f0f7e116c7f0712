import MartletThreads
import Synchronization

/// The end of a job, and the Swift tasks that wait for it.
///
/// The runtime calls `onCancel` with a lock of the task held, and resuming a task may take that task's lock. So neither happens
/// under a lock of the engine, and `onCancel` takes only the lock of this object, under which nothing is called. The job of a
/// cancelled caller is cancelled by the caller itself, once it runs again.
///
/// - Invariant: D2
package final class JobEnd: Sendable {
    private let state = Mutex(State())

    package init() {}

    private struct State: Sendable {
        var outcome: Result<Void, any Error>?
        var waiting: [(waiter: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        var nextWaiter = 0

        mutating func removeWaiter(_ waiter: Int) -> CheckedContinuation<Void, any Error>? {
            waiting.firstIndex { $0.waiter == waiter }.map { waiting.remove(at: $0).continuation }
        }
    }

    /// How the job has ended; nil while it runs.
    package var outcome: Result<Void, any Error>? { state.withLock { $0.outcome } }

    /// Records the end of the job. A second call has no effect.
    package func end(_ error: (any Error)?) {
        let outcome: Result<Void, any Error> = error.map { .failure($0) } ?? .success(())
        let waiting = state.withLock { state in
            if state.outcome == nil { state.outcome = outcome }
            defer { state.waiting = [] }
            return state.waiting
        }
        for (_, continuation) in waiting { continuation.resume(with: outcome) }
    }

    /// Waits until the job has ended.
    ///
    /// - Throws: the error that the job failed with; `CancellationError` when the waiting Swift task is cancelled, which leaves
    ///   the job alone.
    package func wait() async throws {
        let waiter = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if let outcome = state.outcome { return outcome }
                    // A cancellation before this line found no continuation to resume.
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiting.append((waiter, continuation))
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let continuation = state.withLock { $0.removeWaiter(waiter) }
            continuation?.resume(throwing: CancellationError())
        }
    }
}

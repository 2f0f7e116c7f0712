import MartletBlocks
import MartletCore
import MartletExecutor
import MartletScheduler
import Synchronization

/// The results of a job that can be looked at before it has ended.
final class PartialRun<Part: Sendable>: Sendable {
    private let state = Mutex(State())

    private struct State: Sendable {
        var parts: [Int: Part] = [:]
        var isEnded = false
        var error: (any Error)?
        var waiting: [Int: CheckedContinuation<Void, any Error>] = [:]
        var nextWaiter = 0
    }

    /// A task has ended well.
    func deliver(_ part: Part, at index: Int) { state.withLock { $0.parts[index] = part } }

    /// The job has ended.
    func end(_ error: (any Error)?) {
        let waiting = state.withLock { state in
            defer { state.waiting = [:] }
            (state.isEnded, state.error) = (true, error)
            return state.waiting
        }
        for continuation in waiting.values {
            if let error { continuation.resume(throwing: error) } else { continuation.resume() }
        }
    }

    /// What there is now, in the order of the partitions, and whether that is all.
    ///
    /// - Throws: what the job has failed with.
    func snapshot() throws -> (parts: [Part], isEnded: Bool) {
        let (parts, isEnded, error) = state.withLock { ($0.parts, $0.isEnded, $0.error) }
        if let error { throw error }
        return (parts.sorted { $0.key < $1.key }.map(\.value), isEnded)
    }

    /// Waits until the job has ended.
    ///
    /// - Throws: what it has failed with; `CancellationError` when the waiting Swift task is cancelled.
    func waitForEnd() async throws {
        let waiter = state.withLock { state in
            defer { state.nextWaiter += 1 }
            return state.nextWaiter
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                let outcome: Result<Void, any Error>? = state.withLock { state in
                    if let error = state.error { return .failure(error) }
                    if state.isEnded { return .success(()) }
                    if Task.isCancelled { return .failure(CancellationError()) }
                    state.waiting[waiter] = continuation
                    return nil
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            let continuation = state.withLock { $0.waiting.removeValue(forKey: waiter) }
            continuation?.resume(throwing: CancellationError())
        }
    }
}

/// A running job of which somebody may still want the result. It is cancelled with the last reference.
final class PendingJob<Part: Sendable, Value: Sendable>: PendingValue {
    private let driver: Driver
    private let job: JobID
    private let run: PartialRun<Part>
    private let evaluate: @Sendable ([Part]) -> Value

    init(_ driver: Driver, _ job: JobID, _ run: PartialRun<Part>, _ evaluate: @escaping @Sendable ([Part]) -> Value) {
        self.driver = driver
        self.job = job
        self.run = run
        self.evaluate = evaluate
    }

    deinit { cancel() }

    func cancel() { driver.cancel(job, reason: "nobody waits for its result") }

    var value: Value {
        get async throws {
            do {
                try await run.waitForEnd()
            } catch let error as CancellationError {
                cancel()
                throw error
            }
            return evaluate(try run.snapshot().parts)
        }
    }
}

extension RDD {
    /// Runs `task` on each partition until all have ended or `deadline` returns, and evaluates the results so far.
    ///
    /// - Parameter deadline: ends when its Swift task is cancelled.
    func runApproximate<Part: Sendable, Value: Sendable>(
        _ operation: String, _ site: CallSite, until deadline: @escaping @Sendable () async throws -> Void,
        task: @escaping @Sendable (BatchSource, TaskContext) throws -> Part,
        evaluate: @escaping @Sendable ([Part]) -> Value
    ) async throws -> PartialResult<Value> {
        try Task.checkCancellation()
        let run = PartialRun<Part>()
        let job = try context.job(on: lineage, operation, site, task: task) { part, attempt in
            run.deliver(part, at: attempt.partition)
        }
        try context.driver.prepare(job)
        let pending = PendingJob(context.driver, job.id, run, evaluate)
        context.driver.submit(job) { run.end($0) }
        if try !run.snapshot().isEnded {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await run.waitForEnd() }
                group.addTask { try await deadline() }
                defer { group.cancelAll() }
                try await group.next()
            }
        }
        context.tellPassedOver()
        let (parts, isEnded) = try run.snapshot()
        return PartialResult(evaluate(parts), isFinal: isEnded, rest: pending)
    }
}

import MartletBlocks
import MartletCore
import MartletDriver
import MartletScheduler
import MartletTasks
import Synchronization

/// The results of a job, which can be read before the job has ended.
final class PartialRun<Part: Sendable>: Sendable {
    let end = JobEnd()
    private let parts = Mutex<[Int: Part]>([:])

    /// Stores the result of a successful task.
    func deliver(_ part: Part, at index: Int) { parts.withLock { $0[index] = part } }

    /// The results that have arrived, in the order of the partitions, and whether they are complete.
    ///
    /// - Throws: the error that the job failed with.
    func snapshot() throws -> (parts: [Part], isEnded: Bool) {
        let outcome = end.outcome
        try outcome?.get()
        return (parts.withLock { $0 }.sorted { $0.key < $1.key }.map(\.value), outcome != nil)
    }
}

/// A running job whose result may still be needed. It is cancelled when the last reference is released.
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
                try await run.end.wait()
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
        context.driver.submit(job) { run.end.end($0) }
        if try !run.snapshot().isEnded {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await run.end.wait() }
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

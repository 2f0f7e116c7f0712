internal import CMartletRuntime
package import MartletBlocks
public import MartletCore
public import MartletScheduler
package import MartletShuffle
import Synchronization

/// What a running task knows of itself. Functions of the user reach it through `TaskContext.current`.
public final class TaskContext: Sendable {
    public let attempt: TaskAttempt
    /// Partitions of the RDD that the task computes.
    public let partitionCount: Int
    package let environment: ExecutorEnvironment
    package let cancellation = CancellationFlag()
    private let updates = Mutex<[AccumulatorID: any AccumulatorUpdate]>([:])

    package init(attempt: TaskAttempt, partitionCount: Int, environment: ExecutorEnvironment) {
        self.attempt = attempt
        self.partitionCount = partitionCount
        self.environment = environment
    }

    public var jobID: JobID { attempt.job }
    public var stageID: StageID { attempt.stage }
    public var stageAttemptNumber: Int { attempt.stageAttempt }
    public var partitionID: Int { attempt.partition }
    /// 0 for the first attempt of a task.
    public var attemptNumber: Int { attempt.attempt }
    /// The job was cancelled: long loops of the user's own should stop.
    public var isInterrupted: Bool { cancellation.isCancelled }

    /// The task that this thread runs; nil outside of tasks.
    public static var current: TaskContext? {
        martlet_current_task().map { Unmanaged<TaskContext>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Runs `body` as this task.
    package func run<Result>(_ body: () throws -> Result) rethrows -> Result {
        martlet_set_current_task(Unmanaged.passUnretained(self).toOpaque())
        defer { martlet_set_current_task(nil) }
        return try body()
    }

    /// Adds to this task's own copy of an accumulator, which counts only if the task succeeds.
    package func update<Update: AccumulatorUpdate>(
        _ id: AccumulatorID, from zero: Update, _ change: (inout Update) -> Void
    ) {
        updates.withLock { updates in
            var update = updates[id] as? Update ?? zero
            change(&update)
            updates[id] = update
        }
    }

    /// What the task has added to accumulators, in the order of their ids.
    package func takeUpdates() -> [any AccumulatorUpdate] {
        let taken = updates.withLock { updates in
            defer { updates = [:] }
            return updates
        }
        return taken.sorted { $0.key < $1.key }.map(\.value)
    }
}

/// What one task has added to one accumulator.
package protocol AccumulatorUpdate: Sendable {
    /// Adds it to the accumulator.
    func commit()
}

/// What tasks of this process share.
package struct ExecutorEnvironment: Sendable {
    package let settings: Settings
    package let blocks: MemoryStore
    package let shuffles: ShuffleStore
    package let ledger: MemoryLedger

    package init(settings: Settings) {
        self.settings = settings
        ledger = MemoryLedger()
        blocks = MemoryStore(ledger: ledger)
        shuffles = ShuffleStore(ledger: ledger)
    }

    package var batchBytes: Int { settings[.batchBytes] }
}

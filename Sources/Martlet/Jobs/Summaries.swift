public import MartletCore
public import MartletExecutor
import MartletScheduler

/// The state of a job, stage or task.
///
///     _ = try await context.withJobTags("sum") { try await context.range(0, 10, partitions: 2).sum() }
///     let job = context.statusTracker.jobIDs(forTag: "sum").last
///     job.map { context.statusTracker.jobInfo($0)?.state == .succeeded } ?? false   // true
public enum ProgressState: Sendable, Hashable {
    /// It has begun and not ended.
    case running
    /// It ended without a failure.
    case succeeded
    /// The text tells why.
    case failed(String)
    /// It was stopped, or its output was not needed.
    case killed
}

/// The status of a job at one moment. Times count from the beginning of 1970.
///
///     _ = try await context.withJobTags("sum") { try await context.range(0, 10, partitions: 2).sum() }
///     let jobs = context.statusTracker.jobIDs(forTag: "sum").compactMap { context.statusTracker.jobInfo($0) }
///     jobs.map { $0.stageIDs.count }   // [1]
public struct JobSummary: Sendable, Hashable {
    /// Unique in its context.
    public let id: JobID
    /// The action: `count`.
    public let operation: String
    /// Where the action was called.
    public let callSite: CallSite
    /// Group, description, tags and local properties of the scope that the action was called in.
    public let properties: JobProperties
    /// All its stages, including skipped ones, parents first.
    public let stageIDs: [StageID]
    /// When the action was called.
    public let startedAt: Instant
    /// nil while it runs.
    public internal(set) var endedAt: Instant?
    /// Its present state.
    public internal(set) var state = ProgressState.running

    init(_ job: Job, _ stages: [StageID], startedAt: Instant) {
        id = job.id
        operation = job.operation
        callSite = job.callSite
        properties = job.properties
        stageIDs = stages
        self.startedAt = startedAt
    }
}

/// The status of an attempt of a stage at one moment. Times count from the beginning of 1970.
///
///     _ = try await context.withJobTags("sum") { try await context.range(0, 10, partitions: 2).sum() }
///     let tracker = context.statusTracker
///     let stages = tracker.jobIDs(forTag: "sum").compactMap { tracker.jobInfo($0) }.flatMap { $0.stageIDs }
///     stages.compactMap { tracker.stageInfo($0)?.completedTaskCount }   // [2]
public struct StageSummary: Sendable, Hashable {
    /// Unique in its context.
    public let id: StageID
    /// 0 for the first attempt.
    public let attempt: Int
    /// The oldest job that needed it when the attempt began.
    public let jobID: JobID
    /// The operator of the last RDD that its tasks compute.
    public let operation: String
    /// Where that operator was called.
    public let callSite: CallSite
    /// Whether it writes a shuffle; otherwise it makes the results of its job.
    public let writesShuffle: Bool
    /// Tasks that the attempt set out to finish.
    public let taskCount: Int
    /// Attempts of tasks that run now.
    public internal(set) var activeTaskCount = 0
    /// Tasks that have succeeded.
    public internal(set) var completedTaskCount = 0
    /// Attempts of tasks that have failed.
    public internal(set) var failedTaskCount = 0
    /// When the attempt began.
    public let submittedAt: Instant
    /// nil while it runs.
    public internal(set) var endedAt: Instant?
    /// Its present state.
    public internal(set) var state = ProgressState.running

    init(_ info: StageInfo, _ operation: String, _ callSite: CallSite, submittedAt: Instant) {
        id = info.id
        attempt = info.attempt
        jobID = info.job
        self.operation = operation
        self.callSite = callSite
        writesShuffle = info.output != .result
        taskCount = info.taskCount
        self.submittedAt = submittedAt
    }
}

/// The status of an attempt of a task at one moment. Times count from the beginning of 1970.
///
///     import Martlet
///
///     final class FailureLog: MartletListener {
///         func onTaskEnd(_ task: TaskSummary) {
///             if case .failed(let text) = task.state { print("partition \(task.partition): \(text)") }
///         }
///     }
public struct TaskSummary: Sendable, Hashable {
    /// Unique among the attempts of all tasks of the context.
    public let id: TaskID
    /// The job that it was started for.
    public let jobID: JobID
    /// The stage that it belongs to.
    public let stageID: StageID
    /// 0 for the first attempt of the stage.
    public let stageAttempt: Int
    /// The partition that it computes.
    public let partition: Int
    /// 0 for the first attempt of the task.
    public let attempt: Int
    /// The executor that it was given to.
    public let executorID: ExecutorID
    /// The slot that it occupies, counted from 0 across all executors.
    public let slot: Int
    /// When it was given to its slot.
    public let launchedAt: Instant
    /// nil while it runs.
    public internal(set) var endedAt: Instant?
    /// `killed` if it was cancelled, or if it ended too late.
    public internal(set) var state = ProgressState.running
    /// Zero while it runs, except in `onExecutorMetricsUpdate`.
    public internal(set) var metrics = TaskMetrics()

    init(_ attempt: TaskAttempt, launchedAt: Instant) {
        id = attempt.id
        jobID = attempt.job
        stageID = attempt.stage
        stageAttempt = attempt.stageAttempt
        partition = attempt.partition
        self.attempt = attempt.attempt
        executorID = attempt.executor
        slot = attempt.number
        self.launchedAt = launchedAt
    }
}

/// The status of an executor: a process that runs tasks. Times count from the beginning of 1970.
///
///     import Martlet
///
///     final class LossLog: MartletListener {
///         func onExecutorRemoved(_ executor: ExecutorSummary) {
///             print("executor \(executor.id) on \(executor.host): \(executor.removalReason ?? "")")
///         }
///     }
public struct ExecutorSummary: Sendable, Hashable {
    /// Unique in its context: the replacement of a lost executor has another id.
    public let id: ExecutorID
    /// The name of its machine.
    public let host: String
    /// Tasks that it runs at the same time.
    public let slots: Int
    /// When it was ready for tasks.
    public let addedAt: Instant
    /// nil while it is available.
    public internal(set) var removedAt: Instant?
    /// Why it was removed; nil while it is available.
    public internal(set) var removalReason: String?

    init(id: ExecutorID, host: String, slots: Int, addedAt: Instant) {
        self.id = id
        self.host = host
        self.slots = slots
        self.addedAt = addedAt
    }
}

/// The description of an application.
///
///     import Martlet
///
///     final class Greeter: MartletListener {
///         func onApplicationStart(_ application: ApplicationSummary) { print("\(application.name) on \(application.master)") }
///     }
public struct ApplicationSummary: Sendable, Hashable {
    /// As `MartletContext.applicationID`.
    public let id: String
    /// As `MartletContext.appName`.
    public let name: String
    /// As `MartletContext.master`, in words.
    public let master: String
    /// When its context was made. Since the beginning of 1970.
    public let startedAt: Instant
}

public import MartletCore

/// The status of an attempt of a task at one moment. Times count from the beginning of 1970.
///
///     import Martlet
///
///     final class FailureLog: MartletListener {
///         func onTaskEnd(_ task: TaskSummary) {
///             if case .failed(let text) = task.state { print("partition \(task.partition): \(text)") }
///         }
///     }
public struct TaskSummary: Sendable, Hashable, Codable {
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
    /// When it was given to its executor, where it may wait for a slot.
    public let launchedAt: Instant
    /// The slot in which it ran, counted from 0 on its executor: no two attempts are in one slot at the same time. nil until it
    /// has ended, if it never began, and in a job that was called when there was no listener.
    public package(set) var slot: Int?
    /// When it began in that slot: its end less its run time. nil where the slot is.
    public package(set) var begunAt: Instant?
    /// nil while it runs.
    public package(set) var endedAt: Instant?
    /// `killed` if it was cancelled, or if it ended too late.
    public package(set) var state = ProgressState.running
    /// Zero while it runs, except in `onExecutorMetricsUpdate`.
    public package(set) var metrics = TaskMetrics()

    package init(
        id: TaskID, jobID: JobID, stageID: StageID, stageAttempt: Int, partition: Int, attempt: Int, executorID: ExecutorID,
        launchedAt: Instant
    ) {
        (self.id, self.jobID, self.stageID, self.stageAttempt) = (id, jobID, stageID, stageAttempt)
        (self.partition, self.attempt) = (partition, attempt)
        (self.executorID, self.launchedAt) = (executorID, launchedAt)
    }
}

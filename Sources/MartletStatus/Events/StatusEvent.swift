public import MartletCore

/// What happened in an application, as a value: listeners, the status tracker and the progress line know nothing else.
///
///     let event = StatusEvent.rddUnpersisted(RDDID(3))
///     if case .rddUnpersisted(let id) = event { print(id) }   // 3
///
/// Events are made in the order in which the driver decides. Their summaries are complete: a reader needs no earlier event to
/// understand one.
public enum StatusEvent: Sendable, Hashable, Codable {
    case applicationStarted(ApplicationSummary)
    case applicationEnded(ApplicationSummary)
    case executorAdded(ExecutorSummary)
    /// The attempts that ran there have been reported before, as failed.
    case executorRemoved(ExecutorSummary)
    /// The metrics so far of the tasks that run on an executor.
    case executorMetrics(ExecutorID, [TaskSummary])
    case jobStarted(JobSummary)
    case jobEnded(JobSummary)
    /// An attempt of a stage begins.
    case stageSubmitted(StageSummary)
    /// An attempt of a stage has ended, well or not.
    case stageCompleted(StageSummary)
    /// An attempt of a task was given to an executor.
    case taskLaunched(TaskSummary)
    case taskEnded(TaskSummary)
    /// A partition of a cached RDD was cached, was evicted, or could not be read. One that takes no bytes is cached no longer.
    case blockUpdated(BlockID, memoryBytes: Int, diskBytes: Int)
    case rddUnpersisted(RDDID)

    /// The version of the events and their summaries, which grows when a reader of older ones would be misled.
    ///
    ///     StatusEvent.version   // 1
    public static var version: Int { 1 }
}

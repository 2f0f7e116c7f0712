public import MartletCore

/// The status of an attempt of a stage at one moment. Times count from the beginning of 1970.
///
///     _ = try await context.withJobTags("sum") { try await context.range(0, 10, partitions: 2).sum() }
///     let tracker = context.statusTracker
///     let stages = tracker.jobIDs(forTag: "sum").compactMap { tracker.jobInfo($0) }.flatMap { $0.stageIDs }
///     stages.compactMap { tracker.stageInfo($0)?.completedTaskCount }   // [2]
public struct StageSummary: Sendable, Hashable, Codable {
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
    public package(set) var activeTaskCount = 0
    /// Tasks that have succeeded.
    public package(set) var completedTaskCount = 0
    /// Attempts of tasks that have failed.
    public package(set) var failedTaskCount = 0
    /// When the attempt began.
    public let submittedAt: Instant
    /// nil while it runs.
    public package(set) var endedAt: Instant?
    /// Its present state.
    public package(set) var state = ProgressState.running

    package init(
        id: StageID, attempt: Int, jobID: JobID, operation: String, callSite: CallSite, writesShuffle: Bool, taskCount: Int,
        submittedAt: Instant
    ) {
        (self.id, self.attempt, self.jobID) = (id, attempt, jobID)
        (self.operation, self.callSite, self.writesShuffle) = (operation, callSite, writesShuffle)
        (self.taskCount, self.submittedAt) = (taskCount, submittedAt)
    }
}

public import MartletCore
import MartletDriver
public import MartletStatus

/// The status of running and ended jobs and stages, as immutable values.
///
/// All running jobs and stages are known, and the most recently ended ones (`martlet.status.retainedJobs`,
/// `martlet.status.retainedStages`).
///
///     try await context.withJobGroup("sums") {
///         _ = try await context.range(0, 10, partitions: 3).sum()
///     }
///     let ids = context.statusTracker.jobIDs(forGroup: "sums")
///     context.statusTracker.jobInfo(ids[0])?.state   // Optional(MartletStatus.ProgressState.succeeded)
public struct StatusTracker: Sendable {
    private let driver: Driver

    init(_ driver: Driver) { self.driver = driver }

    /// The known jobs of a group, oldest first; with nil, the jobs without a group.
    ///
    ///     _ = try await context.withJobGroup("sums") { try await context.range(0, 10, partitions: 3).sum() }
    ///     context.statusTracker.jobIDs(forGroup: "sums").count   // 1
    public func jobIDs(forGroup group: String?) -> [JobID] { driver.jobs { $0.properties.group == group } }

    /// The known jobs with a tag, oldest first.
    ///
    ///     _ = try await context.withJobTags("a", "b") { try await context.range(0, 10, partitions: 3).sum() }
    ///     context.statusTracker.jobIDs(forTag: "b").count   // 1
    public func jobIDs(forTag tag: String) -> [JobID] { driver.jobs { $0.properties.tags.contains(tag) } }

    /// The jobs that run now, oldest first.
    public var activeJobIDs: [JobID] { driver.activeJobs }

    /// The stages that run now, oldest first. Waiting stages are not included.
    public var activeStageIDs: [StageID] { driver.runningStages().map(\.id) }

    /// The current executors, in the order of their ids; in Spark's terms, `getExecutorInfos`. If tasks run on threads, this
    /// process is the only executor.
    ///
    ///     context.statusTracker.executors.map { $0.host }   // ["localhost"]
    public var executors: [ExecutorSummary] { driver.executors }

    /// The status of a job; nil if the job is not known, or is known no longer.
    ///
    ///     context.statusTracker.jobInfo(JobID(1_000_000)) == nil   // true
    public func jobInfo(_ id: JobID) -> JobSummary? { driver.summary(of: id) }

    /// The last attempt of a stage; nil for a stage that has not begun, was skipped, or is not known any more.
    ///
    ///     context.statusTracker.stageInfo(StageID(1_000_000)) == nil   // true
    public func stageInfo(_ id: StageID) -> StageSummary? { driver.summary(of: id) }
}

extension MartletContext {
    /// The status of running and ended jobs and stages.
    ///
    ///     _ = try await context.range(0, 10, partitions: 3).count()
    ///     context.statusTracker.activeJobIDs.count   // 0
    public var statusTracker: StatusTracker { StatusTracker(driver) }
}

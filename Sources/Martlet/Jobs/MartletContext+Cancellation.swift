public import MartletCore
import MartletDriver

// Cancelled actions throw `JobError.cancelled` with the reason. Cancelling the Swift task that waits for an action cancels
// its job too, and the action throws `CancellationError`.
extension MartletContext {
    /// Cancels a job; has no effect if the job has ended. A stage that other jobs need continues.
    ///
    ///     for job in context.statusTracker.activeJobIDs { context.cancelJob(job, reason: "not needed") }
    public func cancelJob(_ job: JobID, reason: String = "somebody asked for it") {
        driver.cancel(job, reason: reason)
    }

    /// Cancels every job that needs a stage; has no effect if the stage has ended.
    ///
    ///     for stage in context.statusTracker.activeStageIDs { context.cancelStage(stage, reason: "not needed") }
    public func cancelStage(_ stage: StageID, reason: String? = nil) {
        driver.cancel(stage, reason: reason ?? "stage \(stage) was cancelled")
    }

    /// Cancels the running jobs of a group: see `withJobGroup`.
    ///
    ///     context.cancelJobGroup("etl", reason: "the input is not complete")
    public func cancelJobGroup(_ group: String, reason: String? = nil) {
        driver.cancel(where: { $0.group == group }, reason: reason ?? Driver.cancelledGroup(group))
    }

    /// Cancels the running jobs of a group, and refuses its future jobs. The last 1000 groups are remembered.
    ///
    ///     context.cancelJobGroupAndFutureJobs("etl")
    ///     do {
    ///         _ = try await context.withJobGroup("etl") { try await context.range(0, 10).count() }
    ///     } catch {
    ///         print(error)
    ///     }
    public func cancelJobGroupAndFutureJobs(_ group: String, reason: String? = nil) {
        driver.refuseJobs(of: group)
        cancelJobGroup(group, reason: reason)
    }

    /// Cancels the running jobs that have a tag: see `withJobTags`.
    ///
    ///     context.cancelJobsWithTag("nightly")
    public func cancelJobsWithTag(_ tag: String, reason: String? = nil) {
        driver.cancel(where: { $0.tags.contains(tag) }, reason: reason ?? "jobs with tag \(tag) were cancelled")
    }

    /// Cancels every running job.
    ///
    ///     context.cancelAllJobs()
    public func cancelAllJobs(reason: String = "all jobs were cancelled") {
        driver.cancel(where: { _ in true }, reason: reason)
    }

    /// Stops one attempt of a task, which does not count as a failure: the task is retried while a job needs it.
    ///
    ///     context.killTaskAttempt(TaskID(7))   // false
    ///
    /// - Returns: whether the attempt was running.
    @discardableResult
    public func killTaskAttempt(_ task: TaskID) -> Bool { driver.kill(task) }
}

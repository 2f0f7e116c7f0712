package import MartletCore
package import MartletPlan

extension JobScheduler {
    /// The events that the scheduler handles.
    package enum Event: Sendable {
        /// An action wants a job done. The id is new, and larger ids are younger jobs.
        case jobSubmitted(JobID, JobPlan)

        /// An attempt ended well: its map output is stored, or its result is at hand.
        case taskSucceeded(TaskAttempt)

        /// An attempt ended without success.
        case taskFailed(TaskAttempt, TaskFailure)

        /// A job is to end early. No effect if it has ended.
        case jobCancelled(JobID, reason: String)

        /// A job cannot go on. No effect if it has ended.
        case jobFailed(JobID, JobFailure)

        /// The jobs that need a stage are to end early. No effect if none needs it any more.
        case stageCancelled(StageID, reason: String)

        /// A shuffle can no longer be read: its outputs are forgotten, after the last job that uses it.
        case shuffleRemoved(ShuffleID)

        /// A process registered that runs `slots` attempts at once. The id is new. Up to `queue` more attempts are sent ahead to
        /// it while a stage has many to launch, so that no round trip separates two of them.
        case executorAdded(ExecutorID, host: String, slots: Int, queue: Int)

        /// An executor is lost, with its attempts, map outputs and cached partitions. A fault, such as a crash, counts as a
        /// failure of each task that ran there, not of tasks that waited there. No effect if the executor is unknown, or
        /// already lost.
        case executorLost(ExecutorID, reason: String, isFault: Bool)

        /// An executor has cached or dropped partitions.
        case blocksChanged(ExecutorID, stored: [BlockID], dropped: [BlockID])

        /// No executor caches partitions of an RDD any more.
        case blocksRemoved(RDDID)

        /// Launches no longer wait for executors: enough have registered, or the wait is over. No effect if repeated.
        case released

        /// Time has passed.
        case tick
    }

    /// The actions that the driver performs for the scheduler, in the order given.
    package enum Action: Hashable, Sendable {
        /// Publish that a job began, and its stages, skipped ones included.
        case jobStarted(JobID, stages: [StageID])

        /// Publish that a stage of a job needs no work.
        case stageSkipped(StageInfo)

        /// Publish that an attempt of a stage began.
        case stageSubmitted(StageInfo)

        /// Accept the products of a successful attempt: its result, map output and accumulator updates.
        /// A success without this answer must be discarded.
        case taskAccepted(TaskAttempt)

        /// Publish that a stage has done all its work.
        case stageCompleted(StageInfo)

        /// Publish that an attempt of a stage ended early.
        case stageFailed(StageInfo, StageFailure)

        /// Give the results to the caller.
        case jobSucceeded(JobID)

        /// Give the failure to the caller.
        case jobFailed(JobID, JobFailure)

        /// Publish that an executor registered.
        case executorAdded(ExecutorID, host: String, slots: Int)

        /// Publish that an executor is lost with these attempts, the oldest first: they will not be reported.
        case executorLost(ExecutorID, reason: String, attempts: [AttemptTable.Entry])

        /// Stop these attempts. Each still holds its slot and must be reported, however it ends.
        case cancel([TaskAttempt])

        /// Start these attempts. Each has to be reported once.
        case launch([TaskLaunch])
    }
}

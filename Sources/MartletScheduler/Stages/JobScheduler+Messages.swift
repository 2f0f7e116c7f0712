public import MartletCore
public import MartletPlan

extension JobScheduler {
    /// What the scheduler is told.
    public enum Event: Sendable {
        /// An action wants a job done. The id is new, and larger ids are younger jobs.
        case jobSubmitted(JobID, JobPlan)

        /// An attempt ended well: its map output is stored, or its result is at hand.
        case taskSucceeded(TaskAttempt)

        /// An attempt ended otherwise.
        case taskFailed(TaskAttempt, TaskFailure)

        /// A job shall end early. Too late is no mistake.
        case jobCancelled(JobID, reason: String)

        /// A job cannot go on. Too late is no mistake.
        case jobFailed(JobID, JobFailure)

        /// The jobs that need a stage shall end early. Too late is no mistake.
        case stageCancelled(StageID, reason: String)

        /// Nobody can read a shuffle any more: its outputs are forgotten, after the last job that uses it.
        case shuffleRemoved(ShuffleID)

        /// A process has come that runs `slots` attempts at once. The id is new. Up to `queue` more attempts are sent ahead to
        /// it while a stage has many to launch, so that no round trip stands between two of them.
        case executorAdded(ExecutorID, host: String, slots: Int, queue: Int)

        /// An executor is gone, with its attempts, map outputs and kept partitions. If it is a fault, such as a crash, it
        /// counts as a failure of each task that ran there; not of those that waited there. Told again, or of an executor
        /// that nobody knows, it changes nothing.
        case executorLost(ExecutorID, reason: String, isFault: Bool)

        /// An executor keeps partitions, or keeps them no longer.
        case blocksChanged(ExecutorID, stored: [BlockID], dropped: [BlockID])

        /// The partitions of an RDD are kept nowhere any more.
        case blocksRemoved(RDDID)

        /// The executors that launches were to wait for are there, or are waited for no longer. Told again, it changes nothing.
        case released

        /// Time has passed.
        case tick
    }

    /// What the driver does for the scheduler, in the order given.
    public enum Action: Hashable, Sendable {
        /// Tell the world that a job began, and which stages it has, those that are skipped included.
        case jobStarted(JobID, stages: [StageID])

        /// Tell the world that a stage of a job needs no work.
        case stageSkipped(StageInfo)

        /// Tell the world that an attempt of a stage began.
        case stageSubmitted(StageInfo)

        /// Take over what a successful attempt produced: its result, map output and accumulator updates.
        /// A success that is not answered so is to be thrown away.
        case taskAccepted(TaskAttempt)

        /// Tell the world that a stage has done all its work.
        case stageCompleted(StageInfo)

        /// Tell the world that an attempt of a stage ended early.
        case stageFailed(StageInfo, StageFailure)

        /// Give the results to the caller.
        case jobSucceeded(JobID)

        /// Give the failure to the caller.
        case jobFailed(JobID, JobFailure)

        /// Tell the world that there is an executor.
        case executorAdded(ExecutorID, host: String, slots: Int)

        /// Tell the world that an executor is gone, and these attempts with it, the oldest first: nobody will report them.
        case executorLost(ExecutorID, reason: String, attempts: [TaskAttempt])

        /// Stop these attempts. Each still holds its slot and has to be reported, whatever becomes of it.
        case cancel([TaskAttempt])

        /// Start these attempts. Each has to be reported once.
        case launch([TaskLaunch])
    }
}

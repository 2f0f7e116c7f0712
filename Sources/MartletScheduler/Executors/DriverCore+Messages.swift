package import MartletCore
package import MartletPlan

extension DriverCore {
    /// The events that the driver handles.
    package enum Event: Sendable {
        /// As the events of `JobScheduler`.
        case jobSubmitted(JobID, JobPlan)
        case jobCancelled(JobID, reason: String)
        case jobFailed(JobID, JobFailure)
        case stageCancelled(StageID, reason: String)
        case shuffleRemoved(ShuffleID)

        /// An attempt is to be killed; its task is retried if the stage still needs it.
        case taskKilled(TaskID)

        /// The partitions of an RDD are no longer to be cached.
        case blocksRemoved(RDDID)

        /// No task reads these broadcast values now.
        case broadcastsRemoved([BroadcastID])

        /// A broadcast value is destroyed: tasks may no longer read it.
        case broadcastDestroyed(DestroyedBroadcast)

        /// An executor registered, or reconnected after its connection was cut.
        case registered(ExecutorAddress, slots: Int)

        /// An executor sent something.
        case message(ExecutorID, ExecutorMessage)

        /// The connection of an executor was cut. The executor may reconnect for a while.
        case disconnected(ExecutorID)

        /// The process of an executor has ended, by its tasks' fault or not.
        case exited(ExecutorID, reason: String, isFault: Bool)

        /// The driver stops: first all jobs, then all executors.
        case stopping(reason: String)

        /// Time has passed. Send it several times in each of the limits.
        case tick
    }

    /// The actions of the driver, in order.
    package enum Action: Hashable, Sendable {
        /// Send a message; with the bytes of the program if it installs one.
        case send(ExecutorID, DriverMessage)

        /// Publish that an attempt has ended, with the outcome as its executor sees it. Precedes the consequences.
        case ended(TaskAttempt, AttemptOutcome)

        /// Publish a decision of the scheduler. Launches and cancellations are sent separately.
        case decided(JobScheduler.Action)

        /// Tell the user why work is stalled.
        case tell(Notice)

        /// Abandon an executor: its link, its connection, and its process if it is a child.
        case dismiss(ExecutorID, reason: String)
    }
}

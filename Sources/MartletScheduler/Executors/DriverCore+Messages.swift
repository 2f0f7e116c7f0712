package import MartletCore
package import MartletPlan

extension DriverCore {
    /// What the driver is told.
    package enum Event: Sendable {
        /// As the events of `JobScheduler`.
        case jobSubmitted(JobID, JobPlan)
        case jobCancelled(JobID, reason: String)
        case jobFailed(JobID, JobFailure)
        case stageCancelled(StageID, reason: String)
        case shuffleRemoved(ShuffleID)

        /// An attempt shall end; it starts again if its stage still wants it.
        case taskKilled(TaskID)

        /// The partitions of an RDD are not to be kept any more.
        case blocksRemoved(RDDID)

        /// Nobody reads these broadcast values now.
        case broadcastsRemoved([BroadcastID])

        /// Nobody may read a broadcast value any more.
        case broadcastDestroyed(DestroyedBroadcast)

        /// An executor has come, or has come back after its connection was cut.
        case registered(ExecutorAddress, slots: Int)

        /// An executor gave a sign of life that is no message.
        case heard(ExecutorID)

        /// An executor sent something.
        case message(ExecutorID, ExecutorMessage)

        /// The connection of an executor was cut. It may come back for a while.
        case disconnected(ExecutorID)

        /// It has a connection again.
        case reconnected(ExecutorID)

        /// The process of an executor has ended, by its tasks' fault or not.
        case exited(ExecutorID, reason: String, isFault: Bool)

        /// The driver ends: all jobs, then all executors.
        case stopping(reason: String)

        /// Time has passed. To be told several times in each of the limits.
        case tick
    }

    /// What the driver does, in order.
    package enum Action: Hashable, Sendable {
        /// Send a message; with the bytes of the program if it installs one.
        case send(ExecutorID, DriverMessage)

        /// Tell the world that an attempt has ended, and how its executor sees it. Comes before what follows from it.
        case ended(TaskAttempt, AttemptOutcome)

        /// The scheduler decided this. Launches and cancellations are being sent: these only tell the world.
        case decided(JobScheduler.Action)

        /// Tell people why something does not go on.
        case tell(Notice)

        /// Have nothing more to do with an executor: its link, its connection, and its process if it is a child.
        case dismiss(ExecutorID, reason: String)
    }
}

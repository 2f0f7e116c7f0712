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

        /// This process runs tasks, as executor 0. The first event, if it comes.
        case localExecutor(slots: Int)

        /// So many executor processes are to run.
        case executorsWanted(Int)

        /// A master decides how many executors there are, and draws their ids. The first event, if it comes.
        case executorsGranted

        /// The master asks for so many executors, as soon as they are idle. A later number replaces this one.
        case release(Int)

        /// The master says why there is no executor.
        case waiting(reason: String)

        /// The process that was asked for could not be started.
        case startFailed(ExecutorID, reason: String)

        /// A process says over a new connection that it is an executor of this application. One that a master has started is
        /// not known before.
        /// - incarnation: identifies the process; image: identifies its program
        case hello(ExecutorID, connection: Int, incarnation: UInt64, image: String)

        /// An accepted executor takes tasks from now on, or again over a new connection.
        case registered(ExecutorAddress, slots: Int)

        /// An executor sent something.
        case message(ExecutorID, ExecutorMessage)

        /// A connection of an executor was cut. The executor may reconnect for a while.
        case disconnected(ExecutorID, connection: Int)

        /// No conversation with an executor is possible: it does not take its messages, or sends bytes that are no message.
        case failed(ExecutorID, reason: String)

        /// The process of an executor has ended, by its tasks' fault or not. A master may say it twice.
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

        /// Publish a decision of the scheduler. Launches and cancellations are sent separately.
        case decided(JobScheduler.Action)

        /// Tell the user why work is stalled.
        case tell(Notice)

        /// Forget what is kept of shuffles that are no longer read.
        case forgotten([ShuffleID])

        /// Start a process for an executor, and report if that fails, and when it ends.
        case start(ExecutorID)

        /// Accept the process that said hello over this connection: everything is sent over this one from now on.
        case accept(ExecutorID, connection: Int)

        /// Tell the process at the other end why it is not accepted, and close the connection.
        case refuse(connection: Int, reason: String)

        /// Abandon an executor: its link, its connection and its process.
        case kill(ExecutorID, reason: String)

        /// The application ends: no executor is to be started for it any more.
        case stopping

        /// All processes have ended, or do not end although they were killed. The last action.
        case stopped
    }
}

import MartletCore
import MartletPlan

extension StageScheduler {
    /// The events that the stage scheduler handles.
    enum Event: Sendable {
        /// As the events of `JobScheduler`; also of a job that is cancelled.
        case jobSubmitted(JobID, JobPlan)
        case jobFailed(JobID, JobFailure)
        case stageCancelled(StageID, reason: String)
        case shuffleRemoved(ShuffleID)
        case executorLost(ExecutorID, reason: String, isFault: Bool)

        /// A task succeeded for the first time: its products are to be accepted. Attempts from `before` on see them.
        case taskSucceeded(TaskAttempt, before: TaskID)

        /// A task of a stage failed as often as it may. No effect if the stage is gone.
        case taskSetFailed(StageID, JobFailure)

        /// A task could not read map outputs; it is pending again.
        indirect case inputMissed(TaskAttempt, MissingMapOutput)

        /// The task scheduler has taken back what the lost executor had: these stages have tasks left to launch.
        case outputsLost(ExecutorLoss, pending: [StageID])
    }

    /// The actions of the stage scheduler.
    enum Action: Sendable {
        /// For the driver.
        case driver(JobScheduler.Action)

        /// For the task scheduler.
        case tasks(TaskScheduler.Event)
    }
}

/// An executor that is lost, and the map outputs that are lost with it.
struct ExecutorLoss: Sendable {
    /// The lost outputs of one shuffle.
    struct Outputs: Sendable {
        let shuffle: ShuffleID

        /// In order, not empty.
        let maps: [Int]

        /// The stage that writes the shuffle; nil when no job needs it.
        let writer: StageID?
    }

    let executor: ExecutorID
    let reason: String

    /// Whether its tasks may have brought it down.
    let isFault: Bool

    /// In the order of shuffles.
    let outputs: [Outputs]
}

import MartletCore

extension TaskScheduler {
    /// The events that the task scheduler handles.
    enum Event: Sendable {
        /// As the events of `JobScheduler`.
        case taskSucceeded(TaskAttempt)
        case taskFailed(TaskAttempt, TaskFailure)
        case executorAdded(ExecutorID, host: String, slots: Int, queue: Int)
        case blocksChanged(ExecutorID, stored: [BlockID], dropped: [BlockID])
        case blocksRemoved(RDDID)
        case released

        /// An attempt of a stage begins: its tasks but the finished ones are to run. No task set of the stage is active.
        indirect case submitted(TaskSet, finished: PartitionSet?)

        /// The tasks of a stage are launched for another job from now on. No effect without a task set.
        case userChanged(StageID, StageState.User)

        /// The attempt of a stage ends for lack of input. Attempts that run go on, and count.
        case suspended(StageID)

        /// These stages are gone, and their task sets with them: attempts that run are needed no more.
        case dropped([StageID])

        /// These tasks of a map stage were finished, and their outputs are lost: they run again if the stage runs.
        case outputsLost(StageID, [Int])

        /// An executor is lost, with its attempts, cached partitions, and these map outputs.
        case executorLost(ExecutorLoss)
    }

    /// The actions of the task scheduler.
    enum Action: Sendable {
        /// For the driver.
        case driver(JobScheduler.Action)

        /// For the stage scheduler.
        case stages(StageScheduler.Event)
    }
}

package import MartletCore

extension ExecutorCore {
    /// What it is told.
    package enum Event: Sendable {
        /// The driver sent something.
        case message(DriverMessage)

        /// An attempt that was started has ended. The blocks are those stored or dropped since the last time.
        case taskEnded(TaskID, AttemptOutcome, stored: [BlockID], dropped: [BlockID])

        /// There is no driver any more.
        case driverLost(reason: String)

        /// Time has passed. To be told a few times in each `heartbeatInterval`.
        case tick
    }

    /// What is to be done, in order.
    package enum Action: Hashable, Sendable {
        /// Decode and keep the program that came with the message.
        case install(ProgramKey)

        /// Let go of these programs.
        case forget([ProgramKey])

        /// Run an attempt in a free slot; its end is told.
        case start(TaskLaunch)

        /// Stop an attempt that was started. Its end is still told.
        case cancel(TaskID)

        case send(ExecutorMessage)

        /// Use these map outputs from now on.
        case place(ShuffleID, version: Int, mapCount: Int, [MapOutputLocation])

        /// Delete the outputs of these shuffles. May come twice for one shuffle.
        case removeShuffles([ShuffleID])

        case removeBlocks(RDDID)
        case dropBlocks([BlockID])
        case removeBroadcasts([BroadcastID])

        /// Have tasks that read a broadcast value fail, and let go of it.
        case destroyBroadcast(DestroyedBroadcast)

        /// Reach other executors so.
        case connect([ExecutorAddress])

        /// The process ends. Nothing comes after it.
        case exit(reason: String)
    }
}

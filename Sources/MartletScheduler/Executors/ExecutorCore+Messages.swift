package import MartletCore

extension ExecutorCore {
    /// The events that an executor handles.
    package enum Event: Sendable {
        /// The driver sent something.
        case message(DriverMessage)

        /// A started attempt has ended.
        case taskEnded(AttemptReport)

        /// Time has passed. Send it a few times in each `heartbeatInterval`.
        case tick
    }

    /// The actions to perform, in order.
    package enum Action: Hashable, Sendable {
        /// Decode and keep the program that arrived with the message.
        case install(ProgramKey)

        /// Release these programs.
        case forget([ProgramKey])

        /// Run an attempt in a free slot, and report its end.
        case start(TaskLaunch)

        /// Stop a started attempt. Its end is still reported.
        case cancel(TaskID)

        case send(ExecutorMessage)

        /// Use these map outputs from now on.
        case place(ShuffleID, version: Int, mapCount: Int, [MapOutputLocation])

        /// Delete the outputs of these shuffles. May occur twice for one shuffle.
        case removeShuffles([ShuffleID])

        case removeBlocks(RDDID)
        case dropBlocks([BlockID])
        case removeBroadcasts([BroadcastID])

        /// Make tasks that read a broadcast value fail, and release it.
        case destroyBroadcast(DestroyedBroadcast)

        /// Reach other executors at these addresses.
        case connect([ExecutorAddress])

        /// End the process. No action follows.
        case exit(reason: String)
    }
}

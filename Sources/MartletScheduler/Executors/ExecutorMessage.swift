package import MartletCore

/// The end of an attempt on its executor. Metrics, accumulator updates and results travel beside it.
package struct AttemptReport: Hashable, Sendable {
    /// The attempt, and its number in the driver's table of attempts.
    package let task: TaskID
    package let number: Int

    /// Why it did not succeed; nil if it did.
    package var failure: TaskFailure?

    /// The map output that it has written; nil for a task with a result, and if the output stays in the driver's own process.
    package let mapOutput: MapOutputStatus?

    /// Partitions that the executor has cached or dropped since its last report.
    package let stored, dropped: [BlockID]

    /// Copies that other executors keep for it.
    package var copies: [BlockCopies]

    package init(
        task: TaskID, number: Int, failure: TaskFailure? = nil, mapOutput: MapOutputStatus? = nil, stored: [BlockID] = [],
        dropped: [BlockID] = [], copies: [BlockCopies] = []
    ) {
        (self.task, self.number) = (task, number)
        self.failure = failure
        self.mapOutput = mapOutput
        self.stored = stored
        self.dropped = dropped
        self.copies = copies
    }
}

/// Partitions that an executor has cached or dropped because another executor asked it to keep copies.
package struct BlockCopies: Hashable, Sendable {
    package let executor: ExecutorID
    package let stored, dropped: [BlockID]

    package init(executor: ExecutorID, stored: [BlockID], dropped: [BlockID]) {
        self.executor = executor
        self.stored = stored
        self.dropped = dropped
    }
}

/// The messages of an executor to the driver. They arrive once and in order (`ReliableLink`).
package enum ExecutorMessage: Hashable, Sendable {
    /// An attempt ended.
    case taskEnded(AttemptReport)

    /// The executor is alive. The progress of its tasks travels beside the message.
    case heartbeat

    /// The executor has stopped its attempts, and exits.
    case stopped(reason: String)
}

package import MartletCore

/// How an attempt ended on its executor.
package enum AttemptOutcome: Hashable, Sendable {
    /// It has a result, which arrives with the message or must be fetched.
    case result

    /// It has written a map output; nil if that stays in the driver's own process.
    case mapOutput(MapOutputStatus?)

    /// It did not succeed.
    case failed(TaskFailure)
}

/// The end of an attempt. Metrics, accumulator updates and results travel beside it.
package struct AttemptReport: Hashable, Sendable {
    /// The attempt, and its number in the driver's table of attempts.
    package let task: TaskID
    package let number: Int

    /// How it ended.
    package var outcome: AttemptOutcome

    /// Partitions that the executor has cached or dropped since its last report.
    package let stored, dropped: [BlockID]

    /// Copies that other executors keep for it.
    package var copies: [BlockCopies]

    package init(
        task: TaskID, number: Int, outcome: AttemptOutcome, stored: [BlockID] = [], dropped: [BlockID] = [],
        copies: [BlockCopies] = []
    ) {
        (self.task, self.number) = (task, number)
        self.outcome = outcome
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

import MartletBlocks
package import MartletCore
package import MartletScheduler
package import MartletShuffle

/// An attempt of a task that has ended, and what it leaves in this process.
package struct EndedAttempt: Sendable {
    package let attempt: TaskAttempt
    package let outcome: AttemptOutcome
    /// Its result or map output, if it succeeded.
    package let output: TaskOutput?
    /// Why it failed, if the outcome does not say everything.
    package let error: (any Error)?
    /// nil if its program was missing.
    package let context: TaskContext?

    /// An attempt that succeeded.
    init(_ context: TaskContext, _ output: TaskOutput) {
        attempt = context.attempt
        outcome =
            switch output {
            case .result: .result
            case .mapOutput: .mapOutput(nil)
            case .published(let status): .mapOutput(status)
            }
        (self.output, error, self.context) = (output, nil, context)
    }

    /// An attempt that did not succeed.
    init(_ attempt: TaskAttempt, _ context: TaskContext?, _ error: any Error) {
        (self.attempt, self.context, output) = (attempt, context, nil)
        switch error {
        case let missing as MissingMapOutput:
            (outcome, self.error) = (.failed(.missingShuffleOutput(missing)), nil)
        case let lost as LostBlock:
            (outcome, self.error) = (.failed(.lostBlock(lost.description)), lost)
        case is CancellationError where context?.isInterrupted == true:
            (outcome, self.error) = (.failed(.cancelled), nil)
        default:
            (outcome, self.error) = (.failed(.error(error.messageText)), error)
        }
    }
}

/// The output of a task.
package enum TaskOutput: Sendable {
    case result(TaskResult)
    /// A map output that stays in this process.
    case mapOutput(MapOutput, of: ShuffleID)
    /// A map output in a file that other processes can read.
    case published(MapOutputStatus)
}

import MartletBlocks
package import MartletCore
import MartletLineage
package import MartletScheduler
package import MartletShuffle
package import MartletTasks

/// An attempt of a task that has ended, and what it leaves in this process.
package struct EndedAttempt: Sendable {
    package let attempt: TaskAttempt
    /// Its result or map output; nil if it failed.
    package let output: TaskOutput?
    /// Why it failed; nil if it succeeded.
    package let failure: TaskFailure?
    /// The error that made it fail, if `failure` does not say everything.
    package let error: (any Error)?
    /// nil if its program was missing.
    package let context: TaskContext?

    /// An attempt that succeeded.
    init(_ context: TaskContext, _ output: TaskOutput) {
        (attempt, self.context) = (context.attempt, context)
        (self.output, failure, error) = (output, nil, nil)
    }

    /// An attempt that did not succeed.
    init(_ attempt: TaskAttempt, _ context: TaskContext?, _ error: any Error) {
        (self.attempt, self.context, output) = (attempt, context, nil)
        switch error {
        case let missing as MissingMapOutput:
            (failure, self.error) = (.missingShuffleOutput(missing), nil)
        case let lost as LostBlock:
            (failure, self.error) = (.lostBlock(lost.description), lost)
        case is CancellationError where context?.isInterrupted == true:
            (failure, self.error) = (.cancelled, nil)
        default:
            (failure, self.error) = (.error(error.messageText), error)
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

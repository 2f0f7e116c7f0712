public import MartletCore
import MartletBlocks
import MartletScheduler

/// Why an action failed.
public enum JobError: Error, CustomStringConvertible {
    /// A task failed as often as it may.
    case taskFailed(TaskFailureReport)
    case cancelled(reason: String)
    /// Map outputs were lost again and again.
    case stageAborted(description: String)
    /// The context was stopped before or while the action ran.
    case stopped

    public var description: String {
        switch self {
        case .taskFailed(let report): report.description
        case .cancelled(let reason): "the job was cancelled: \(reason)"
        case .stageAborted(let description): description
        case .stopped: "the context is stopped; make a new MartletContext"
        }
    }
}

/// Where a task failed, and the error that it failed with.
public struct TaskFailureReport: Sendable, CustomStringConvertible {
    public let job: JobID
    public let stage: StageID
    public let partition: Int
    /// How often the task was tried.
    public let attempts: Int
    /// The operator whose function threw, with the line that made it; nil for an error of the engine's own.
    public let operation: String?
    public let callSite: CallSite?
    public let underlying: any Error

    init(_ attempt: TaskAttempt, failures: Int, error: any Error) {
        job = attempt.job
        stage = attempt.stage
        partition = attempt.partition
        attempts = failures
        let located = error as? OperatorFailure
        operation = located?.operation
        callSite = located?.callSite
        underlying = located?.underlying ?? error
    }

    public var description: String {
        let place = operation.map { "\($0)\(callSite.map { " at \($0)" } ?? "")" } ?? "the engine"
        let tries = attempts == 1 ? "" : ", after \(attempts) attempts"
        return "\(place) failed in partition \(partition) of stage \(stage) (job \(job))\(tries): \(underlying)"
    }
}

/// An operator was given an argument that it cannot work with. Thrown by the actions on the RDD that it made.
public struct ArgumentError: Error, Equatable, CustomStringConvertible {
    public let operation: String
    public let callSite: CallSite
    public let problem: String

    public init(operation: String, callSite: CallSite, problem: String) {
        self.operation = operation
        self.callSite = callSite
        self.problem = problem
    }

    public var description: String { "\(operation) at \(callSite): \(problem)" }
}

/// An action needs an element and the RDD has none.
public struct EmptyCollectionError: Error, Equatable, CustomStringConvertible {
    public let operation: String
    public let callSite: CallSite

    public var description: String {
        "\(operation) at \(callSite): the RDD is empty; use fold, take or isEmpty where that can happen"
    }
}

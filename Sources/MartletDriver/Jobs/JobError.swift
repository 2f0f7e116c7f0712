import MartletBlocks
public import MartletCore
import MartletExecutor
import MartletLineage
import MartletScheduler

/// Why an action failed.
///
///     let context = try MartletContext(master: "local[2]")
///     let numbers = context.range(0..<10)
///     context.stop()
///     try await numbers.count()   // throws the context is stopped; make a new MartletContext
public enum JobError: Error, CustomStringConvertible {
    /// A task reached its maximum number of failures.
    case taskFailed(TaskFailureReport)
    /// Cancelled by `cancelJob`, `cancelJobGroup` and the like. If the waiting Swift task was cancelled, the action throws
    /// `CancellationError` instead.
    case cancelled(reason: String)
    /// Map outputs were lost repeatedly, most recently for this cause.
    case stageAborted(description: String, cause: MapOutputLoss?)
    /// The results of the job's tasks have more bytes than `martlet.driver.maxResultSize`.
    case resultsTooLarge(operation: String, callSite: CallSite, limit: Int)
    /// The context was stopped before or while the action ran.
    case stopped
    /// The action was called in a task of the same context, whose slot it would have needed: it could wait for ever.
    case calledInTask(operation: String, callSite: CallSite)

    public var description: String {
        switch self {
        case .taskFailed(let report): report.description
        case .cancelled(let reason): "the job was cancelled: \(reason)"
        case .stageAborted(let description, _): description
        case .resultsTooLarge(let operation, let callSite, let limit):
            "\(operation) at \(callSite) has results of more than \(ByteSize.rounded(limit)) "
                + "(martlet.driver.maxResultSize); save them, or set more"
        case .stopped: "the context is stopped; make a new MartletContext"
        case .calledInTask(let operation, let callSite):
            "\(operation) at \(callSite) was called in a task, which must not wait for other tasks: call it outside, and "
                + "broadcast what it gives; or join the two RDDs"
        }
    }
}

/// Where a task failed, and the error that it failed with.
///
///     struct NotANumber: Error, CustomStringConvertible { var description: String { "not a number" } }
///     let numbers = context.parallelize(["1", "x"], partitions: 2).map { text in
///         guard let number = Int(text) else { throw NotANumber() }
///         return number
///     }
///     var report: TaskFailureReport?
///     do { _ = try await numbers.sum() } catch JobError.taskFailed(let failure) { report = failure }
///     report?.operation ?? ""   // "map"
///     report?.partition ?? 0   // 1
///     report?.underlying is NotANumber   // true
public struct TaskFailureReport: Sendable, CustomStringConvertible {
    /// The job that the task belonged to.
    public let job: JobID
    /// The stage of the job.
    public let stage: StageID
    /// The partition that the task computed.
    public let partition: Int
    /// How often the task was tried.
    public let attempts: Int
    /// The operator whose function threw, with the line that made it; nil for an error of the engine's own.
    public let operation: String?
    /// The line of the user's program that made the operator.
    public let callSite: CallSite?
    /// The error that the function, or the engine, threw.
    public let underlying: any Error
    /// The last operator of the stage, its line, and the purpose of the stage.
    private let stageEnd: String

    init(_ attempt: TaskAttempt, of program: StageProgram, failures: Int, error: any Error) {
        job = attempt.job
        stage = attempt.stage
        partition = attempt.partition
        attempts = failures
        let located = error as? OperatorFailure
        operation = located?.operation
        callSite = located?.callSite
        underlying = located?.underlying ?? error
        let end = "\(program.root.operation) at \(program.root.callSite)"
        if case .shuffle(let write) = program.output {
            stageEnd = "\(end), for \(write.operation) at \(write.callSite),"
        } else {
            stageEnd = end
        }
    }

    public var description: String {
        let place = operation.map { "\($0)\(callSite.map { " at \($0)" } ?? "")" } ?? "the stage of \(stageEnd)"
        let tries = attempts == 1 ? "" : ", after \(attempts) attempts"
        return "\(place) failed in partition \(partition) of stage \(stage) (job \(job))\(tries): \(underlying)"
    }
}

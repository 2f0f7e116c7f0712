public import MartletCore

/// Why a job did not succeed.
public enum JobFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Somebody asked for its end.
    case cancelled(reason: String)

    /// One task failed as often as a task may; `message` tells of the last time.
    case taskFailed(TaskAttempt, failures: Int, message: String)

    /// So many attempts of a stage could not read one map output of a shuffle, which was made again each time; the last time
    /// for this cause.
    indirect case stageAborted(StageID, attempts: Int, missing: ShuffleID, cause: MapOutputLoss?)

    /// Its tasks' results have more bytes than the driver takes.
    case resultsTooLarge(limit: Int)

    /// What failed, how often, and the last cause.
    public var description: String {
        switch self {
        case .cancelled(let reason):
            "job cancelled: \(reason)"
        case .taskFailed(let attempt, failures: 1, let message):
            "task of partition \(attempt.partition) in stage \(attempt.stage) failed: \(message)"
        case .taskFailed(let attempt, let failures, let message):
            "task of partition \(attempt.partition) in stage \(attempt.stage) failed \(failures) times, last: \(message)"
        case .stageAborted(let stage, let attempts, let shuffle, let cause):
            "stage \(stage) could not read the same output of shuffle \(shuffle) in \(attempts) attempts"
                + (cause.map { "; the last time, \($0)" } ?? "")
        case .resultsTooLarge(let limit):
            "its results have more than \(ByteSize.rounded(limit))"
        }
    }
}

package import MartletCore

/// Why a job did not succeed.
package enum JobFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// The job was cancelled on request.
    case cancelled(reason: String)

    /// One task reached the limit of failures; `message` describes the last one.
    case taskFailed(TaskAttempt, failures: Int, message: String)

    /// This many attempts of a stage could not read one map output of a shuffle, although it was recomputed each time; `cause` is
    /// that of the last time.
    indirect case stageAborted(StageID, attempts: Int, missing: ShuffleID, cause: MapOutputLoss?)

    /// Its tasks' results have more bytes than the driver accepts.
    case resultsTooLarge(limit: Int)

    /// What failed, how often, and the last cause.
    package var description: String {
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

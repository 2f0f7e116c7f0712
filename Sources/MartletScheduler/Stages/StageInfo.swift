public import MartletCore
public import MartletPlan

/// A stage as the world outside of the scheduler sees it.
public struct StageInfo: Hashable, Sendable {
    /// The stage. Parents have smaller ids than children, unless they were created again.
    public let id: StageID

    /// How many times it was submitted before. 0 for a skipped stage.
    public let attempt: Int

    /// The oldest job that needs it.
    public let job: JobID

    /// Its index in the plan of that job.
    public let planStage: Int

    /// What its tasks produce.
    public let output: StageOutput

    /// Number of tasks that this attempt set out to finish. 0 for a skipped stage.
    public let taskCount: Int

    /// When this attempt was submitted; for a skipped stage, when its job was.
    public let submittedAt: Instant
}

/// Why an attempt of a stage ended early.
public enum StageFailure: Hashable, Sendable {
    /// Output of this shuffle was missing. The stage is resubmitted once the output is recomputed, unless its jobs end.
    indirect case missingShuffleOutput(ShuffleID, cause: MapOutputLoss?)

    /// No job needs the stage any more.
    case notNeeded
}

extension StageFailure: CustomStringConvertible {
    /// What happened, in words.
    public var description: String {
        switch self {
        case .missingShuffleOutput(let shuffle, let cause):
            "output of shuffle \(shuffle) was missing and is made again" + (cause.map { ": \($0)" } ?? "")
        case .notNeeded: "no job needs it any more"
        }
    }
}

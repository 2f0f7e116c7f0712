package import MartletCore
package import MartletPlan

/// A stage as the world outside of the scheduler sees it.
package struct StageInfo: Hashable, Sendable {
    /// The stage. Parents have smaller ids than children, unless they were created again.
    package let id: StageID

    /// How many times it was submitted before. 0 for a skipped stage.
    package let attempt: Int

    /// The oldest job that needs it.
    package let job: JobID

    /// Its index in the plan of that job.
    package let planStage: Int

    /// What its tasks produce.
    package let output: StageOutput

    /// Number of tasks that this attempt set out to finish. 0 for a skipped stage.
    package let taskCount: Int

    /// When this attempt was submitted; for a skipped stage, when its job was.
    package let submittedAt: Instant
}

/// Why an attempt of a stage ended early.
package enum StageFailure: Hashable, Sendable {
    /// Output of this shuffle was missing. The stage is resubmitted once the output is recomputed, unless its jobs end.
    indirect case missingShuffleOutput(ShuffleID, cause: MapOutputLoss?)

    /// No job needs the stage any more.
    case notNeeded
}

extension StageFailure: CustomStringConvertible {
    /// What happened, in words.
    package var description: String {
        switch self {
        case .missingShuffleOutput(let shuffle, let cause):
            "output of shuffle \(shuffle) was missing and is made again" + (cause.map { ": \($0)" } ?? "")
        case .notNeeded: "no job needs it any more"
        }
    }
}

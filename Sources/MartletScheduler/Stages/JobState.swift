import MartletCore
import MartletPlan

/// A running job.
struct JobState: Sendable {
    let plan: JobPlan

    /// The id of each stage of the plan. A stage that is shared has the id its first user gave it.
    var stageIDs: [StageID]

    /// Whether the job is a user of each stage of the plan.
    var isUser: [Bool]

    /// Makes a job that uses no stage yet; its stages get consecutive ids.
    init(plan: JobPlan, firstStage: StageID) {
        self.plan = plan
        stageIDs = plan.stages.indices.map { StageID(firstStage.rawValue + $0) }
        isUser = Array(repeating: false, count: plan.stages.count)
    }
}

import MartletCore
import MartletPlan

/// The tasks of one stage attempt, as the stage scheduler submits them. The tasks that are finished already come beside it.
struct TaskSet: Sendable {
    /// The stage; it has at most one task set.
    let stage: StageID

    /// How many times the stage was submitted before.
    let stageAttempt: Int

    /// The job that the tasks are launched for, and its plan, which says what they read.
    let user: StageState.User
    let jobPlan: JobPlan

    /// What the tasks produce, and the partitions that they compute.
    let output: StageOutput
    let tasks: TaskPartitions
}

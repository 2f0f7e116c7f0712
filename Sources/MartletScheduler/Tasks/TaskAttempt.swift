package import MartletCore
package import MartletPlan

/// One run of one task.
package struct TaskAttempt: Hashable, Sendable {
    /// This run. No two runs of a scheduler have the same id.
    package let id: TaskID

    /// The job that it was launched for. It may go on for other jobs after that one has ended.
    package let job: JobID

    /// The stage it belongs to.
    package let stage: StageID

    /// How many times the stage was submitted before, counted from 0.
    package let stageAttempt: Int

    /// Place among the tasks of the stage: `StagePlan.tasks[index]` is `partition`.
    package let index: Int

    /// The partition of the stage's root that it computes.
    package let partition: Int

    /// How many times this stage attempt launched the task before.
    package let attempt: Int

    /// Finds it in the table of attempts until it is reported. No two running attempts share a number.
    package let number: Int

    /// Where it runs, or waits for a free thread.
    package let executor: ExecutorID
}

/// Data that the driver needs to start a task attempt.
package struct TaskLaunch: Hashable, Sendable {
    /// The attempt.
    package let attempt: TaskAttempt

    /// Index of its stage in the plan of job `attempt.job`.
    package let planStage: Int

    /// Whether it writes a map output or computes a result.
    package let output: StageOutput

    package init(attempt: TaskAttempt, planStage: Int, output: StageOutput) {
        self.attempt = attempt
        self.planStage = planStage
        self.output = output
    }
}

/// Why a task attempt did not succeed.
package enum TaskFailure: Hashable, Sendable {
    /// The task's own code failed; the text says how. Counts towards the failures a task may have.
    case error(String)

    /// The task could not read map outputs of a shuffle. Not counted: the outputs are recomputed.
    indirect case missingShuffleOutput(MissingMapOutput)

    /// The task could not read a cached partition, which has been dropped. Not counted, up to a limit: the retried task
    /// recomputes the partition.
    case lostBlock(String)

    /// The attempt was stopped. Not counted: the task is retried if its stage still needs it.
    case cancelled
}

import MartletCore
import MartletPlan

/// Decides which stages run: jobs, the stages that they need, which stage waits for which, and the map outputs. Spark calls it
/// the DAG scheduler. Terms:
/// - a *stage* here is a stage that some running job needs; the others are skipped and have no state;
/// - a *user* of a stage is a job that needs it. Jobs that read the same shuffle share its map stage;
/// - *map outputs* outlive their stage, until their shuffle is removed or a task finds them missing.
///
/// When a task cannot read a map output, that output is forgotten, its map stage reruns for the missing outputs, and the reading
/// stage begins a new attempt after it. Tasks of the old attempt that still run are left alone, and their results count.
///
/// When an executor is lost, its map outputs are recomputed when a stage needs them, and stages that read them restart at once:
/// waiting for each reader to fail would cost the time it takes to find that the executor does not answer, and would count
/// against the stage.
///
/// It deliberately knows neither executors' room nor which tasks run: it submits the tasks of a stage as a `TaskSet`, and hears
/// of each task only that it succeeded or what it missed.
struct StageScheduler: Sendable {
    /// When so many attempts of a stage have missed the same map output since the stage last completed, its jobs fail. Attempts
    /// that miss other outputs, or that end as an executor is lost, do not count.
    let maxStageAttempts: Int

    /// Requests to end a job or a stage that had ended.
    private(set) var ignoredReportCount = 0

    // The dictionaries are for looking up only; order is decided by ids.
    var jobs: [JobID: JobState] = [:]
    var stages: [StageID: StageState] = [:]
    var stageOfShuffle: [ShuffleID: StageID] = [:]
    var mapOutputs = MapOutputTable()
    var nextStage = StageID(0)

    /// The actions that the present event has led to so far.
    var actions: [Action] = []

    init(maxStageAttempts: Int) {
        precondition(maxStageAttempts > 0, "limits are positive numbers")
        self.maxStageAttempts = maxStageAttempts
    }

    /// Whether no job runs.
    var isIdle: Bool { jobs.isEmpty && stages.isEmpty && stageOfShuffle.isEmpty }

    /// Handles one event.
    /// - Returns: the actions for the driver and the task scheduler, in order
    mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .jobSubmitted(let job, let plan): submit(job, plan, at: now)
        case .jobFailed(let job, let failure):
            if jobs[job] == nil { ignoredReportCount += 1 } else { end(job, .jobFailed(job, failure)) }
        case .stageCancelled(let stage, let reason):
            if stages[stage] == nil { ignoredReportCount += 1 } else { abort(stage, .cancelled(reason: reason)) }
        case .shuffleRemoved(let shuffle): remove(shuffle)
        case .executorLost(let executor, let reason, let isFault): lose(executor, reason, isFault: isFault)
        case .taskSucceeded(let attempt, let nextTask): accept(attempt, before: nextTask, at: now)
        case .taskSetFailed(let stage, let failure): abort(stage, failure)
        case .inputMissed(let attempt, let missing): miss(missing, by: attempt, at: now)
        case .outputsLost(let loss, let stages): restartReaders(of: loss, among: stages, at: now)
        }
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }
}

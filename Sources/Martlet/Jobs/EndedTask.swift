import MartletCore
import MartletExecutor
import MartletScheduler

/// A task that has ended.
struct EndedTask: Sendable {
    let attempt: TaskAttempt
    /// By the monotonic clock.
    let launchedAt: Instant
    let outcome: Job.TaskOutcome
    private let source: Source

    private enum Source: Sendable {
        /// The task ran in this process. Metrics are read only on demand, since reading them takes longer than starting a task.
        case here(TaskContext)
        case executor(TaskDetails)
    }

    init(_ context: TaskContext, _ outcome: Job.TaskOutcome) {
        (attempt, launchedAt) = (context.attempt, context.launchedAt)
        self.outcome = outcome
        source = .here(context)
    }

    init(_ attempt: TaskAttempt, launchedAt: Instant, _ details: TaskDetails, _ outcome: Job.TaskOutcome) {
        (self.attempt, self.launchedAt, self.outcome) = (attempt, launchedAt, outcome)
        source = .executor(details)
    }

    var metrics: TaskMetrics {
        switch source {
        case .here(let context): context.finalMetrics()
        case .executor(let details): details.metrics
        }
    }

    /// Partitions that the task has cached or dropped.
    var stored: [BlockUpdate] {
        switch source {
        case .here(let context): context.storedBlocks
        case .executor(let details): details.stored
        }
    }
}

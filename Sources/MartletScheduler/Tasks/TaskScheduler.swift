import MartletCore
import MartletPlan

/// Decides which task runs next, and where: task sets, attempts, executors.
///
/// Task sets are served in `order`; in a task set, retried tasks, then smaller partitions. Tasks run on executors, which come and
/// go. When an executor is lost, its attempts end, and their tasks run elsewhere. A task that reads cached partitions runs where
/// they are, and a failed task is retried elsewhere, if a slot there becomes free within `localityWait` (`placement`).
///
/// It deliberately knows no lineage, and neither parents nor map outputs: the stage scheduler submits a task set when its input
/// exists, and suspends it when the input is gone.
struct TaskScheduler: Sendable {
    /// The failures of one task that fail its jobs.
    let maxTaskFailures: Int

    /// Where tasks run, and how long room waits for better ones.
    let placement: PlacementRules

    /// Which task set is served first.
    let order = SchedulingOrder.fifo

    /// Reports without effect: of attempts reported before, successes that nothing needs, and news of lost executors.
    var ignoredReportCount = 0

    /// By stage; for looking up only. A task set is active while its stage runs, else suspended.
    var taskSets: [StageID: TaskSetState] = [:]
    var attempts = AttemptTable()
    var executors = ExecutorTable()
    var blocks = BlockLocations()

    /// The active task sets that may have something to launch, in `order`, the first to serve last.
    var ready: [StageID] = []

    /// The id that the next attempt gets.
    var nextTask = TaskID(0)

    /// When the first free slot will have waited long enough; nil when none waits.
    var waitsUntil: Instant?

    /// Whether launches wait for executors that have not registered yet.
    private(set) var isHeld: Bool

    /// When launches were last looked for.
    var lastEventAt = Instant.zero

    /// The actions that the present event has led to so far.
    var actions: [Action] = []

    init(maxTaskFailures: Int, placement: PlacementRules, isHeld: Bool) {
        precondition(maxTaskFailures > 0, "limits are positive numbers")
        self.maxTaskFailures = maxTaskFailures
        self.placement = placement
        self.isHeld = isHeld
    }

    /// Whether there are no task sets, and no attempts left to be reported.
    var isIdle: Bool { taskSets.isEmpty && ready.isEmpty && attempts.count == 0 }

    /// Handles one event. The launches that it makes possible follow from `launchReady`.
    /// - Returns: the actions for the driver and the stage scheduler, in order
    mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .taskSucceeded(let attempt): succeed(attempt)
        case .taskFailed(let attempt, let failure): fail(attempt, failure)
        case .submitted(let set, let finished): submit(set, finished: finished)
        case .userChanged(let stage, let user): change(stage, user)
        case .suspended(let stage): suspend(stage)
        case .dropped(let stages): drop(stages)
        case .outputsLost(let stage, let tasks): rerun(tasks, of: stage)
        case .executorAdded(let executor, let host, let slots, let queue):
            add(executor, host: host, slots: slots, queue: queue)
        case .executorLost(let loss): lose(loss)
        case .blocksChanged(let executor, let stored, let dropped):
            change(executor, stored: stored, dropped: dropped)
        case .blocksRemoved(let rdd): blocks.removeAll(of: rdd)
        case .released:
            isHeld = false
            executors.offerAll()
        }
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }
}

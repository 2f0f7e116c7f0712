package import MartletCore
import MartletPlan

/// Decides which task runs when. It does not cut lineages, run tasks, or block.
///
/// The driver passes it events and performs the actions it returns, in order. Two state machines make the decisions, and this type
/// carries the values between them:
/// - `StageScheduler` knows jobs, their stages, and the map outputs: which stage runs, waits, or runs again;
/// - `TaskScheduler` knows the tasks of the stages that run, their attempts, and the executors: which task runs next, and where.
///
/// Neither looks into the other. A report of a task goes to the task scheduler, which tells the stage scheduler what became of
/// the task; all else about jobs goes to the stage scheduler, which submits and withdraws task sets. The loss of an executor
/// concerns both. Each event ends with the launches that it makes possible.
///
/// Time per task event does not depend on the number of tasks, jobs or stages that are waiting, nor on that of executors.
///
/// To change it: keep each decision a step on the tables of one of the two state machines, add what must always hold to its
/// `checkInvariants` and to INVARIANTS.md, and let the simulation meet the new event.
package struct JobScheduler: Sendable {
    /// How many damaged cached partitions one task may find: a task that reads many finds them one after the other.
    package static let maxLostBlocks = 1000

    /// Jobs, stages, map outputs.
    var stages: StageScheduler

    /// Task sets, attempts, executors.
    var tasks: TaskScheduler

    /// The actions that the present event has led to so far.
    private var actions: [Action] = []

    /// Makes a scheduler without jobs and without executors.
    /// - Parameters:
    ///   - maxTaskFailures: the failures of one task that fail its jobs; at least 1
    ///   - maxStageAttempts: the attempts of a stage, since it last completed, that fail its jobs if all of them miss the same map
    ///     output; at least 1
    ///   - localityWait: how long a free slot waits for tasks that prefer another executor
    ///   - isHeld: whether launches wait for `released`
    package init(
        maxTaskFailures: Int, maxStageAttempts: Int = 4, localityWait: Duration = .seconds(3), isHeld: Bool = false
    ) {
        stages = StageScheduler(maxStageAttempts: maxStageAttempts)
        tasks = TaskScheduler(
            maxTaskFailures: maxTaskFailures, placement: PlacementRules(localityWait: localityWait), isHeld: isHeld)
    }

    /// Makes a scheduler for one process: executor 0 exists from the start, and stays.
    /// - Parameter slots: how many attempts may run at once
    package init(slots: Int, maxTaskFailures: Int, maxStageAttempts: Int = 4) {
        self.init(maxTaskFailures: maxTaskFailures, maxStageAttempts: maxStageAttempts)
        _ = handle(.executorAdded(ExecutorID(0), host: "localhost", slots: slots, queue: 0), at: .zero)
    }

    /// Handles one event.
    /// - Returns: the actions for the driver, in order, with every launch that the event makes possible
    /// - Complexity: O(1) amortised for the report of a task, apart from reports that end or start a stage
    /// - Invariant: S1 to S13
    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        // The report of a task is answered with its acceptance and a launch.
        actions.reserveCapacity(2)
        switch event {
        case .jobSubmitted(let job, let plan): handle(stages: .jobSubmitted(job, plan), at: now)
        case .taskSucceeded(let attempt): handle(tasks: .taskSucceeded(attempt), at: now)
        case .taskFailed(let attempt, let failure): handle(tasks: .taskFailed(attempt, failure), at: now)
        case .jobCancelled(let job, let reason): handle(stages: .jobFailed(job, .cancelled(reason: reason)), at: now)
        case .jobFailed(let job, let failure): handle(stages: .jobFailed(job, failure), at: now)
        case .stageCancelled(let stage, let reason): handle(stages: .stageCancelled(stage, reason: reason), at: now)
        case .shuffleRemoved(let shuffle): handle(stages: .shuffleRemoved(shuffle), at: now)
        case .executorAdded(let executor, let host, let slots, let queue):
            handle(tasks: .executorAdded(executor, host: host, slots: slots, queue: queue), at: now)
        case .executorLost(let executor, let reason, let isFault):
            handle(stages: .executorLost(executor, reason: reason, isFault: isFault), at: now)
        case .blocksChanged(let executor, let stored, let dropped):
            handle(tasks: .blocksChanged(executor, stored: stored, dropped: dropped), at: now)
        case .blocksRemoved(let rdd): handle(tasks: .blocksRemoved(rdd), at: now)
        case .released: handle(tasks: .released, at: now)
        case .tick: break
        }
        let launches = tasks.launchReady(at: now)
        if !launches.isEmpty { actions.append(.launch(launches)) }
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }

    /// Hands an event to the stage scheduler, and what that leads to onwards, in order.
    private mutating func handle(stages event: StageScheduler.Event, at now: Instant) {
        for action in stages.handle(event, at: now) {
            switch action {
            case .driver(let action): actions.append(action)
            case .tasks(let event): handle(tasks: event, at: now)
            }
        }
    }

    /// Hands an event to the task scheduler, and what that leads to onwards, in order.
    private mutating func handle(tasks event: TaskScheduler.Event, at now: Instant) {
        for action in tasks.handle(event, at: now) {
            switch action {
            case .driver(let action): actions.append(action)
            case .stages(let event): handle(stages: event, at: now)
            }
        }
    }
}

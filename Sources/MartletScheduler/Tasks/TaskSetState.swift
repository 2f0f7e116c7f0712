import MartletCore
import MartletPlan

/// The state of one task set: which of its tasks run, are finished, or are to be launched. Spark calls it the task set manager.
///
/// While the set is active, each task is in exactly one place (S4): finished, running, or pending. It costs three bits per task,
/// and more only for tasks that are retried, prefer a place, or have several attempts. It outlives an attempt of its stage that
/// ends for lack of input: until the next one begins it is suspended, and launches nothing.
struct TaskSetState: Sendable {
    let stage: StageID
    let output: StageOutput
    let tasks: TaskPartitions

    /// The job that tasks are launched for: the oldest that needs the stage.
    var user: StageState.User

    /// The attempt of the stage, counted from 0.
    private(set) var stageAttempt: Int

    /// Whether tasks are launched.
    private(set) var isActive = true

    /// The attempts that run, of this stage attempt or an earlier one.
    private(set) var running: RunningAttempts

    /// The tasks that need no attempt: a result was accepted, or a map output exists.
    private(set) var finished: PartitionSet

    /// The tasks that this stage attempt has to launch.
    private(set) var pending: PendingTasks

    /// The cached RDDs that its tasks read, nearest first. Hosts that have the input of a source would stand beside them.
    private var reads: [CachedRead] = []

    /// Since when a free slot has waited for tasks that prefer another executor.
    private(set) var waitingSince: Instant?

    /// How often this stage attempt launched a task before, for each task that is launched again; for looking up only.
    private var launches: [Int: Int] = [:]

    /// Counted failures of each task since the stage last completed; for looking up only.
    private var failures: [Int: Int] = [:]

    /// Cached partitions that each task has lost since then; for looking up only.
    private var losses: [Int: Int] = [:]

    /// Makes an active set.
    init(_ set: TaskSet, finished: PartitionSet?) {
        (stage, output, tasks, user) = (set.stage, set.output, set.tasks, set.user)
        running = RunningAttempts(taskCount: tasks.count)
        self.finished = finished ?? PartitionSet(capacity: tasks.count)
        pending = PendingTasks(taskCount: tasks.count)
        stageAttempt = set.stageAttempt
    }

    /// Number of tasks that an active set has to launch.
    var pendingCount: Int { tasks.count - running.tasks.count - finished.count }
}

// Attempts of the stage, and places.
extension TaskSetState {
    /// Begins the next attempt of the stage at the tasks that are not finished.
    mutating func begin(_ set: TaskSet, finished: PartitionSet?) {
        (stageAttempt, user) = (set.stageAttempt, set.user)
        isActive = true
        self.finished = finished ?? PartitionSet(capacity: tasks.count)
        pending = PendingTasks(taskCount: tasks.count)
        reads = []
        waitingSince = nil
        launches.removeAll()
    }

    /// Ends the attempt of the stage; running attempts go on.
    mutating func suspend() { isActive = false }

    /// Sets the preferences of the pending tasks of an attempt that has just begun, if any has one.
    /// - Complexity: O(tasks)
    mutating func place(_ reads: [CachedRead], _ blocks: BlockLocations) {
        self.reads = reads
        let preferences = (0..<tasks.count).filter { !running.tasks.contains($0) && !finished.contains($0) }
            .map { ($0, preference(of: $0, blocks)) }
        if preferences.allSatisfy({ $0.1 == .none }) { return }
        for (task, preference) in preferences.reversed() { pending.add(task, preference) }
        pending.passCursor()
    }

    /// Forgets an executor; tasks that preferred it get another preference.
    mutating func forget(_ executor: ExecutorID, _ blocks: BlockLocations) {
        let (tasks, reads) = (tasks, reads)
        pending.remove(executor) { Self.preference(of: tasks[$0], reads, blocks) }
    }

    /// The executors that a task prefers.
    func preference(of index: Int, _ blocks: BlockLocations) -> TaskPreference {
        Self.preference(of: tasks[index], reads, blocks)
    }

    /// The executors that have the nearest cached partitions that a partition is computed from.
    private static func preference(of partition: Int, _ reads: [CachedRead], _ blocks: BlockLocations) -> TaskPreference {
        if blocks.isEmpty { return .none }
        for read in reads {
            var near: [TaskLocation] = []
            for block in read.blocks(of: partition) {
                for executor in blocks.executors(of: block) where !near.contains(.executor(executor)) {
                    near.append(.executor(executor))
                }
            }
            if !near.isEmpty { return TaskPreference(locations: near) }
        }
        return .none
    }
}

// Attempts of tasks.
extension TaskSetState {
    /// The answer of a task set to an offer.
    enum Answer {
        /// Uses it.
        case launch(TaskLaunch)

        /// Leaves it: it has nothing to launch.
        case isEmpty

        /// Leaves it until then: all its tasks prefer other places.
        case waits(until: Instant)

        /// Leaves it: all its tasks prefer other places, and none is sent ahead to wait at a worse one.
        case declines

        /// Leaves it, and keeps it from the sets after it: tasks are not sent ahead while so few are left.
        case keepsBalance
    }

    /// Answers an offer of room on an executor.
    /// - Parameters:
    ///   - offer: the room
    ///   - rules: how long the room may stay empty
    ///   - task: the id of the attempt that it leads to
    ///   - number: the number of that attempt in the table of attempts
    mutating func answer(
        _ offer: ExecutorOffer, _ rules: PlacementRules, task: TaskID, number: Int, at now: Instant
    ) -> Answer {
        if offer.isAhead, !rules.allowsAhead(offer, pendingCount: pendingCount) { return .keepsBalance }
        let level = rules.level(of: offer, waitingSince: waitingSince, at: now)
        if let index = pending.take(for: offer.executor, upTo: level, running: running.tasks, finished: finished) {
            return .launch(launch(index, on: offer.executor, task: task, number: number))
        }
        if pending.queued.count == 0 { return .isEmpty }
        if offer.isAhead { return .declines }
        let start = waitingSince ?? now
        waitingSince = start
        return .waits(until: start + rules.localityWait)
    }

    /// Begins an attempt of a task, which is not pending.
    mutating func launch(_ index: Int, on executor: ExecutorID, task: TaskID, number: Int) -> TaskLaunch {
        if !running.begin(index) { launches[index, default: 0] += 1 }
        let attempt = TaskAttempt(
            id: task, job: user.job, stage: stage, stageAttempt: stageAttempt, index: index, partition: tasks[index],
            attempt: launches.isEmpty ? 0 : launches[index] ?? 0, number: number, executor: executor)
        return TaskLaunch(attempt: attempt, planStage: user.planStage, output: output)
    }

    /// An attempt succeeded, and its task is finished.
    /// - Returns: the number of other attempts of the task, which are needed no more, and whether every task is finished
    mutating func succeed(_ index: Int) -> (siblings: Int, isLast: Bool) {
        let isNew = finished.insert(index)
        precondition(isNew, "task \(index) of stage \(stage) succeeds twice")
        return (running.endAll(index), finished.isFull)
    }

    /// An attempt ended without success: its task runs again, unless another attempt of it goes on.
    mutating func retry(_ attempt: TaskAttempt, _ preference: TaskPreference) {
        if running.end(attempt.index) == 0 { queue(attempt.index, ofAttempt: attempt.stageAttempt, preference) }
    }

    /// The output of a finished task is lost: it runs again.
    mutating func retryFinished(_ index: Int, _ preference: TaskPreference) {
        finished.remove(index)
        queue(index, ofAttempt: stageAttempt, preference)
    }

    /// Makes a task pending, unless it still is: then it has not been looked at.
    private mutating func queue(_ index: Int, ofAttempt attempt: Int, _ preference: TaskPreference) {
        guard isActive, index < pending.cursor else { return }
        if attempt == stageAttempt { launches[index, default: 0] += 1 }
        pending.add(index, preference)
    }

    /// Counts a failure of a task; returns how many it has had.
    mutating func countFailure(_ index: Int) -> Int {
        failures[index, default: 0] += 1
        return failures[index, default: 0]
    }

    /// Counts a cached partition that a task could not read; returns how many it has met.
    mutating func countLoss(_ index: Int) -> Int {
        losses[index, default: 0] += 1
        return losses[index, default: 0]
    }
}

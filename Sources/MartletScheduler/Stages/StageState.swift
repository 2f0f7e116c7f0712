import MartletCore
import MartletPlan

/// The state of one stage that at least one running job needs.
///
/// While an attempt runs, each task is in exactly one place (S4): finished, in flight, or pending. A stage costs three bits
/// per task, and more only for tasks that are retried or prefer the executor of a cached partition.
struct StageState: Sendable {
    /// Where the stage stands.
    enum Phase: Sendable, Equatable {
        /// No attempt is under way. Between events: a map stage whose last attempt completed, although
        /// outputs may have been lost since. Next: `waiting`, `running`.
        case inactive

        /// This many parents must complete first. Next: `waiting`, `running`.
        case waiting(missingParents: Int)

        /// Tasks are launched. Next: `inactive` when all are finished or input is missing.
        case running
    }

    /// A job that needs the stage.
    struct User: Sendable, Equatable {
        let job: JobID

        /// Index of the stage in the job's plan.
        let planStage: Int
    }

    let id: StageID

    /// The stage in the plan of its first user. Plans of later users may differ in what is cached; should
    /// that matter, a task misses input, and from then on the stage waits for all its parents.
    let plan: StagePlan

    /// The jobs that need the stage, the oldest first; never empty.
    var users: [User]

    var phase = Phase.inactive

    /// Number of attempts made.
    private(set) var attempts = 0

    /// Number of tasks that the present attempt set out to finish, and when.
    private(set) var attemptTaskCount = 0
    private(set) var submittedAt = Instant.zero

    /// The tasks that run, of this attempt or an earlier one.
    private(set) var running: PartitionSet

    /// The tasks whose result was accepted. Unused in a map stage: the map output table knows.
    private(set) var delivered: PartitionSet

    /// The tasks that this attempt has to launch.
    var pending: PendingTasks

    /// The cached RDDs that its tasks read, nearest first.
    var reads: [CachedRead] = []

    /// Since when a free slot has waited for tasks that prefer another executor.
    var waitingSince: Instant?

    /// How often this attempt retried a task, for each retried task; for looking up only.
    private var launches: [Int: Int] = [:]

    /// Counted failures of each task since the stage last completed; for looking up only.
    private var failures: [Int: Int] = [:]

    /// Cached partitions that each task has lost since then; for looking up only.
    private var losses: [Int: Int] = [:]

    /// How often each map output was missed since then; for looking up only.
    private var misses: [ShuffleID: [Int: Int]] = [:]

    /// Whether cached RDDs proved to be incomplete, so that all parents are needed.
    private var readsAllParents = false

    /// Stages that wait for this one. Some may be gone.
    var dependents: [StageID] = []

    /// Whether the shuffle is to be forgotten with the stage.
    var isShuffleRemoved = false

    init(id: StageID, plan: StagePlan, user: User) {
        self.id = id
        self.plan = plan
        users = [user]
        running = PartitionSet(capacity: plan.tasks.count)
        delivered = PartitionSet(capacity: plan.output == .result ? plan.tasks.count : 0)
        pending = PendingTasks(taskCount: plan.tasks.count)
    }

    /// The place among the stages that run: by the oldest job, then by the stage.
    var rank: StageRank { StageRank(job: users[0].job, stage: id) }

    /// The shuffles to wait for.
    var neededParents: [ShuffleID] { readsAllParents ? plan.parents : plan.neededParents }

    /// The present or last attempt.
    var info: StageInfo {
        StageInfo(
            id: id, attempt: max(attempts - 1, 0), job: users[0].job, planStage: users[0].planStage,
            output: plan.output,
            taskCount: attemptTaskCount, submittedAt: submittedAt)
    }
}

/// The order in which stages are served: older jobs first, then older stages.
struct StageRank: Sendable, Comparable {
    let job: JobID
    let stage: StageID

    static func < (left: StageRank, right: StageRank) -> Bool {
        (left.job, left.stage) < (right.job, right.stage)
    }
}

extension StageState {
    /// Begins an attempt at the tasks that are not finished.
    mutating func begin(finishedCount: Int, at now: Instant) {
        phase = .running
        attempts += 1
        attemptTaskCount = plan.tasks.count - finishedCount
        submittedAt = now
        pending = PendingTasks(taskCount: plan.tasks.count)
        waitingSince = nil
        launches.removeAll()
    }

    /// Takes the next task to launch on an executor; nil when there is none, or none for that executor.
    /// - Parameters:
    ///   - executor: where it will run
    ///   - ignoresPreferences: whether it may be a task that prefers another executor
    ///   - mapOutputs: knows the finished tasks of a map stage
    ///   - task: the id of the new attempt
    ///   - number: its number in the table of attempts
    mutating func takeNext(
        for executor: ExecutorID, ignoresPreferences: Bool, mapOutputs: MapOutputTable, task: TaskID, number: Int
    ) -> TaskLaunch? {
        guard
            let index = pending.take(
                for: executor, ignoresPreferences: ignoresPreferences, running: running, finished: finished(mapOutputs))
        else { return nil }
        running.insert(index)
        let attempt = TaskAttempt(
            id: task, job: users[0].job, stage: id, stageAttempt: attempts - 1, index: index,
            partition: plan.tasks[index], attempt: launches.isEmpty ? 0 : launches[index] ?? 0, number: number,
            executor: executor)
        return TaskLaunch(attempt: attempt, planStage: users[0].planStage, output: plan.output)
    }

    /// A task is no longer in flight.
    mutating func taskEnded(_ index: Int) { running.remove(index) }

    /// A task succeeded: a result stage accepts its result, a map stage has the output to be recorded.
    /// - Invariant: S2
    mutating func succeed(_ index: Int) -> Success {
        taskEnded(index)
        switch plan.output {
        case .result:
            let isNew = delivered.insert(index)
            precondition(isNew, "result \(index) of stage \(id) is delivered twice")
            return .result(isLast: delivered.isFull)
        case .shuffle(let shuffle):
            return .mapOutput(shuffle, mapCount: plan.tasks.count)
        }
    }

    /// The consequence of a successful task.
    enum Success {
        /// A result was accepted.
        case result(isLast: Bool)

        /// A map output is to be recorded.
        case mapOutput(ShuffleID, mapCount: Int)
    }

    /// Retries a task that just left flight unfinished.
    /// - Parameter attempt: the stage attempt that launched it
    mutating func retry(_ index: Int, ofAttempt attempt: Int, _ preference: PendingTasks.Preference) {
        guard phase == .running, index < pending.cursor else { return }
        if attempt == attempts - 1 { launches[index, default: 0] += 1 }
        pending.add(index, preference)
    }

    /// Reruns a finished map task whose output is lost.
    mutating func retryLost(_ index: Int, _ preference: PendingTasks.Preference) {
        retry(index, ofAttempt: attempts - 1, preference)
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

    /// The present attempt ends for lack of input. Different outputs may prove damaged one after the other: only repeated loss of
    /// the same one is a sign that recomputing it does not help.
    ///
    /// - Parameter maps: not empty
    /// - Returns: how often one of these outputs was missed since the stage last completed
    mutating func failAttempt(missing maps: [Int], of shuffle: ShuffleID) -> Int {
        precondition(!maps.isEmpty, "stage \(id) misses nothing")
        phase = .inactive
        readsAllParents = true
        var most = 0
        for map in maps {
            misses[shuffle, default: [:]][map, default: 0] += 1
            most = max(most, misses[shuffle]?[map] ?? 0)
        }
        return most
    }

    /// The present attempt ends before its tasks find that input is missing: the executor of the input is lost.
    mutating func interrupt() { phase = .inactive }

    /// The present attempt has finished every task.
    mutating func complete() {
        phase = .inactive
        misses.removeAll()
        failures.removeAll()
        losses.removeAll()
    }
}

import MartletCore
import MartletPlan

/// The state of one stage that at least one running job needs.
///
/// Its tasks that run or are to be launched are in a `TaskSetState` of the task scheduler, from its first start until it has
/// completed or is dropped.
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
    private var attempts = 0

    /// Number of tasks that the present attempt set out to finish, and when.
    private var attemptTaskCount = 0
    private var submittedAt = Instant.zero

    /// The tasks whose result was accepted. Unused in a map stage: the map output table knows.
    private(set) var delivered: PartitionSet

    /// How often each map output was missed since the stage last completed; for looking up only.
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
        delivered = PartitionSet(capacity: plan.output == .result ? plan.tasks.count : 0)
    }

    /// The shuffles to wait for.
    var neededParents: [ShuffleID] { readsAllParents ? plan.parents : plan.neededParents }

    /// The present or last attempt.
    var info: StageInfo {
        StageInfo(
            id: id, attempt: max(attempts - 1, 0), job: users[0].job, planStage: users[0].planStage,
            output: plan.output,
            taskCount: attemptTaskCount, submittedAt: submittedAt)
    }

    /// The finished tasks; nil when there are none.
    /// - Parameter mapOutputs: knows the finished tasks of a map stage; a result stage knows its own
    func finished(_ mapOutputs: MapOutputTable) -> PartitionSet? {
        switch plan.output {
        case .result: delivered.count == 0 ? nil : delivered
        case .shuffle(let shuffle): mapOutputs.maps(of: shuffle)
        }
    }
}

extension StageState {
    /// Begins an attempt at the tasks that are not finished.
    mutating func begin(finishedCount: Int, at now: Instant) {
        phase = .running
        attempts += 1
        attemptTaskCount = plan.tasks.count - finishedCount
        submittedAt = now
    }

    /// A task succeeded: a result stage accepts its result, a map stage has the output to be recorded.
    /// - Invariant: S2
    mutating func product(of index: Int) -> Product {
        switch plan.output {
        case .result:
            let isNew = delivered.insert(index)
            precondition(isNew, "result \(index) of stage \(id) is delivered twice")
            return .result(isLast: delivered.isFull)
        case .shuffle(let shuffle):
            return .mapOutput(shuffle, mapCount: plan.tasks.count)
        }
    }

    /// The product of a successful task.
    enum Product {
        /// A result, which is accepted.
        case result(isLast: Bool)

        /// A map output, which is to be recorded.
        case mapOutput(ShuffleID, mapCount: Int)
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
    }
}

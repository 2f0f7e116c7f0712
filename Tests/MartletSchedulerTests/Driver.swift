import MartletCore
import MartletPlan
import MartletScheduler
import Testing

/// A driver for table tests: tells the scheduler events, remembers what runs and what was answered, and
/// checks the invariants after every event.
struct Driver {
    var scheduler: JobScheduler
    private(set) var running: [TaskLaunch] = []
    private(set) var log: [JobScheduler.Action] = []
    private var now = Instant.zero

    init(slots: Int = 2, maxTaskFailures: Int = 1, maxStageAttempts: Int = 4) {
        scheduler = JobScheduler(
            slots: slots, maxTaskFailures: maxTaskFailures, maxStageAttempts: maxStageAttempts)
    }

    /// With an executor for each count of slots, of which each may have `queue` attempts waiting.
    init(
        executors slots: [Int], queue: Int = 0, maxTaskFailures: Int = 4, localityWait: Duration = .seconds(3)
    ) {
        scheduler = JobScheduler(maxTaskFailures: maxTaskFailures, localityWait: localityWait)
        for (id, count) in slots.enumerated() {
            tell(.executorAdded(ExecutorID(id), host: "h\(id)", slots: count, queue: queue))
        }
    }

    /// Time passes.
    @discardableResult
    mutating func wait(_ duration: Duration) -> [JobScheduler.Action] {
        now = now + duration
        return tell(.tick)
    }

    @discardableResult
    mutating func lose(_ executor: Int, isFault: Bool = false) -> [JobScheduler.Action] {
        running.removeAll { $0.attempt.executor == ExecutorID(executor) }
        return tell(.executorLost(ExecutorID(executor), reason: "killed", isFault: isFault))
    }

    /// `executor: stage.index` of every running attempt, in the order of launch.
    var places: [String] { running.map { "\($0.attempt.executor): \($0.attempt.stage).\($0.attempt.index)" } }

    @discardableResult
    mutating func tell(_ event: JobScheduler.Event) -> [JobScheduler.Action] {
        now = now + .milliseconds(1)
        let actions = scheduler.handle(event, at: now)
        for broken in scheduler.brokenInvariants() { Issue.record("\(broken) after \(event)") }
        log += actions
        for case .launch(let launches) in actions { running += launches }
        return actions
    }

    @discardableResult
    mutating func submit(_ job: Int, _ nodes: [PlanNode], partitions: [Int]? = nil, cached: [Int] = [])
        -> [JobScheduler.Action]
    {
        let root = nodes.map(\.id).max() ?? RDDID(0)
        let plan = JobPlan(graph: LineageGraph(root: root, nodes: nodes), partitions: partitions) { id in
            cached.contains(id.rawValue)
        }
        return tell(.jobSubmitted(JobID(job), plan))
    }

    /// Takes the running attempt of a task out of the list; nil, and an issue, where it does not run.
    mutating func take(stage: Int, _ index: Int) -> TaskAttempt? {
        guard
            let place = running.firstIndex(where: {
                $0.attempt.stage == StageID(stage) && $0.attempt.index == index
            })
        else {
            Issue.record("task \(index) of stage \(stage) does not run, but \(names)")
            return nil
        }
        return running.remove(at: place).attempt
    }

    @discardableResult
    mutating func succeed(stage: Int, _ index: Int) -> [JobScheduler.Action] {
        take(stage: stage, index).map { tell(.taskSucceeded($0)) } ?? []
    }

    @discardableResult
    mutating func fail(stage: Int, _ index: Int, _ failure: TaskFailure = .error("boom")) -> [JobScheduler.Action] {
        take(stage: stage, index).map { tell(.taskFailed($0, failure)) } ?? []
    }

    /// Reports success of everything that runs, and of what that starts, until nothing runs.
    mutating func finishAll() {
        while !running.isEmpty { tell(.taskSucceeded(running.removeFirst().attempt)) }
    }

    /// `stage.index` of every running attempt, in the order of launch.
    var names: [String] { running.map { "\($0.attempt.stage).\($0.attempt.index)" } }

    /// The ends of jobs so far.
    var outcomes: [JobScheduler.Action] {
        log.filter {
            switch $0 {
            case .jobSucceeded, .jobFailed: true
            default: false
            }
        }
    }
}

/// Expectations that fail print what runs, and not every table.
extension JobScheduler: CustomTestStringConvertible {
    public var testDescription: String { "a scheduler with \(runningCount) attempts on executors \(executorIDs)" }
}

extension Driver: CustomTestStringConvertible {
    var testDescription: String { "a driver with \(names)" }
}

extension [JobScheduler.Action] {
    /// The actions in a word each, without launches: enough to compare orders.
    var words: [String] {
        compactMap { action -> String? in
            switch action {
            case .jobStarted(let job, _): "job \(job)"
            case .stageSkipped(let stage): "skip \(stage.id)"
            case .stageSubmitted(let stage): "stage \(stage.id).\(stage.attempt) of \(stage.taskCount)"
            case .taskAccepted(let attempt): "accept \(attempt.stage).\(attempt.index)"
            case .stageCompleted(let stage): "done \(stage.id).\(stage.attempt)"
            case .stageFailed(let stage, .missingShuffleOutput(let shuffle, _)):
                "stage \(stage.id).\(stage.attempt) misses \(shuffle)"
            case .stageFailed(let stage, .notNeeded): "stage \(stage.id).\(stage.attempt) dropped"
            case .jobSucceeded(let job): "job \(job) succeeded"
            case .jobFailed(let job, let failure): "job \(job) failed: \(failure)"
            case .cancel(let attempts):
                "cancel " + attempts.map { "\($0.stage).\($0.index)" }.joined(separator: " ")
            case .executorAdded: nil
            case .executorLost(let executor, _, let attempts):
                "lost \(executor) with " + attempts.map { "\($0.attempt.stage).\($0.attempt.index)" }.joined(separator: " ")
            case .launch: nil
            }
        }
    }
}

func node(
    _ id: Int, _ partitions: Int, _ dependencies: [Dependency] = [], _ level: StorageLevel = .none
) -> PlanNode {
    PlanNode(
        id: RDDID(id), operation: "op", callSite: CallSite(file: "App/Main.swift", line: id + 1),
        partitionCount: partitions, dependencies: dependencies, storageLevel: level, elementType: "Int")
}

func narrow(_ parent: Int, _ mapping: PartitionMapping = .oneToOne) -> Dependency {
    .narrow(NarrowDependency(parent: RDDID(parent), mapping: mapping))
}

func shuffle(_ id: Int, _ parent: Int, _ partitions: Int = 2) -> Dependency {
    .shuffle(ShuffleDependency(id: ShuffleID(id), parent: RDDID(parent), partitionCount: partitions))
}

/// `maps` map tasks, then `reduces` result tasks.
func twoStages(maps: Int, reduces: Int, root: Int = 1) -> [PlanNode] {
    [node(0, maps), node(root, reduces, [shuffle(0, 0, reduces)])]
}

public import MartletCore
import MartletPlan

/// Decides which task runs when. It does not cut lineages, run tasks, or block.
///
/// The driver passes it events and performs the actions it returns, in order. Terms:
/// - a *stage* here is a stage that some running job needs; the others are skipped and have no state;
/// - a *user* of a stage is a job that needs it. Jobs that read the same shuffle share its map stage;
/// - *map outputs* outlive their stage, until their shuffle is removed or a task finds them missing.
///
/// Older jobs go first; in a job, older stages; in a stage, retried tasks, then smaller partitions. When a task cannot read a
/// map output, that output is forgotten, its map stage reruns for the missing outputs, and the reading stage begins a new
/// attempt after it. Tasks of the old attempt that still run are left alone, and their results count.
///
/// Tasks run on executors, which come and go. When an executor is lost, its attempts end, its map outputs are recomputed when a
/// stage needs them, and stages that read them restart at once (waiting for each reader to fail would cost the time it takes
/// to find that the executor does not answer, and would count against the stage). A task that reads cached partitions runs
/// where they are, and a failed task is retried elsewhere, if a slot there becomes free within `localityWait`.
///
/// Time per task event does not depend on the number of tasks, jobs or stages that are waiting, nor on that of executors.
///
/// To change it: keep each decision a step on these tables, add what must always hold to
/// `brokenInvariants()` and to INVARIANTS.md, and let the simulation meet the new event.
public struct JobScheduler: Sendable {
    /// The failures of one task that fail its jobs.
    public let maxTaskFailures: Int

    /// The attempts of one stage, since it last completed, that may miss the same map output; the last one fails its jobs.
    public let maxStageAttempts: Int

    /// How long a free slot waits when every pending task prefers another executor. Counted once per stage attempt.
    public let localityWait: Duration

    /// How many damaged cached partitions one task may find: a task that reads many finds them one after the other.
    public static let maxLostBlocks = 1000

    /// Reports without effect: of attempts reported before, and successes that arrived after their stage had ended. Requests to
    /// cancel a job or a stage that had ended count as well.
    public internal(set) var ignoredReportCount = 0

    // The dictionaries are for looking up only; order is decided by ids and by `ready`.
    var jobs: [JobID: JobState] = [:]
    var stages: [StageID: StageState] = [:]
    var stageOfShuffle: [ShuffleID: StageID] = [:]
    var mapOutputs = MapOutputTable()
    package internal(set) var attempts = AttemptTable()
    var executors = ExecutorTable()
    var blocks = BlockLocations()

    /// The running stages that may have something to launch, sorted, the first to serve last.
    var ready: [StageRank] = []

    var nextTask = TaskID(0)
    var nextStage = StageID(0)

    /// When the first free slot will have waited long enough; nil when none waits.
    var waitsUntil: Instant?

    /// Whether launches wait for executors that have not registered yet.
    package internal(set) var isHeld: Bool

    /// When the last event was.
    var lastEventAt = Instant.zero

    /// The actions that the present event has led to so far.
    var actions: [Action] = []

    /// Makes a scheduler without jobs and without executors.
    /// - Parameters:
    ///   - maxTaskFailures: the failures of one task that fail its jobs; at least 1
    ///   - maxStageAttempts: the attempts of a stage that may miss the same map output; at least 1
    ///   - localityWait: how long a free slot waits for tasks that prefer another executor
    ///   - isHeld: whether launches wait for `released`
    public init(
        maxTaskFailures: Int, maxStageAttempts: Int = 4, localityWait: Duration = .seconds(3), isHeld: Bool = false
    ) {
        precondition(maxTaskFailures > 0 && maxStageAttempts > 0, "limits are positive numbers")
        self.maxTaskFailures = maxTaskFailures
        self.maxStageAttempts = maxStageAttempts
        self.localityWait = localityWait
        self.isHeld = isHeld
    }

    /// Makes a scheduler for one process: executor 0 exists from the start, and stays.
    /// - Parameter slots: how many attempts may run at once
    public init(slots: Int, maxTaskFailures: Int, maxStageAttempts: Int = 4) {
        self.init(maxTaskFailures: maxTaskFailures, maxStageAttempts: maxStageAttempts)
        _ = handle(.executorAdded(ExecutorID(0), host: "localhost", slots: slots, queue: 0), at: .zero)
    }

    /// Handles one event.
    /// - Returns: the actions for the driver, in order, with every launch that the event makes possible
    /// - Complexity: O(1) amortised for the report of a task, apart from reports that end or start a stage
    /// - Invariant: S1 to S9
    public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        // The report of a task is answered with its acceptance and a launch.
        actions.reserveCapacity(2)
        switch event {
        case .jobSubmitted(let job, let plan): submit(job, plan, at: now)
        case .taskSucceeded(let attempt): succeed(attempt, at: now)
        case .taskFailed(let attempt, let failure): fail(attempt, failure, at: now)
        case .jobCancelled(let job, let reason): fail(job, .cancelled(reason: reason))
        case .jobFailed(let job, let failure): fail(job, failure)
        case .stageCancelled(let stage, let reason): cancel(stage, reason)
        case .shuffleRemoved(let shuffle): remove(shuffle)
        case .executorAdded(let executor, let host, let slots, let queue):
            add(executor, host: host, slots: slots, queue: queue)
        case .executorLost(let executor, let reason, let isFault):
            lose(executor, reason, isFault: isFault, at: now)
        case .blocksChanged(let executor, let stored, let dropped):
            change(executor, stored: stored, dropped: dropped)
        case .blocksRemoved(let rdd): blocks.removeAll(of: rdd)
        case .released:
            isHeld = false
            executors.offerAll()
        case .tick: break
        }
        lastEventAt = now
        launchReady(at: now)
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }

    /// Whether no job runs and no attempt is left to be reported.
    /// - Invariant: S10
    public var isIdle: Bool {
        jobs.isEmpty && stages.isEmpty && stageOfShuffle.isEmpty && ready.isEmpty && attempts.count == 0
    }

    /// Number of slots of all executors.
    public var slotCount: Int { executors.slotCount }

    /// Number of attempts that were launched and not reported yet.
    public var runningCount: Int { attempts.count }

    /// When a `tick` would permit a launch that waits for a better executor; nil when none waits.
    public var nextTick: Instant? { waitsUntil }

    /// The registered executors, in the order of their ids.
    public var executorIDs: [ExecutorID] { executors.ids }

    /// Whether there is something to launch and every slot is taken.
    package var isSaturated: Bool { !ready.isEmpty && executors.areFull }

    /// Whether a job has been submitted and has not ended.
    package func isRunning(_ job: JobID) -> Bool { jobs[job] != nil }

    /// The executors that have a cached partition, in the order of their ids.
    package func executors(keeping block: BlockID) -> [ExecutorID] { blocks.executors(of: block) }

    /// Whether no executor is known to have a cached partition.
    package var knowsNoBlocks: Bool { blocks.isEmpty }

    /// Whether the whole output of a shuffle exists.
    public func hasOutput(_ shuffle: ShuffleID) -> Bool { mapOutputs.isComplete(shuffle) }

    /// Number of shuffles of which at least one map output exists.
    public var shuffleCount: Int { mapOutputs.count }
}

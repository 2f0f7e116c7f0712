public import MartletCore
import MartletPlan

/// Decides which task runs when: cuts nothing, runs nothing, waits for nothing.
///
/// The driver tells it events and performs the actions it answers, in order. Terms:
/// - a *stage* here is a stage that some running job needs; the others are skipped and have no state;
/// - a *user* of a stage is a job that needs it. Jobs that read the same shuffle share its map stage;
/// - *map outputs* outlive their stage, until their shuffle is removed or a task finds them missing.
///
/// Older jobs go first, in a job older stages, in a stage smaller partitions; tasks that run again
/// before the others. When a task can not read map output, that output is forgotten, its map stage runs
/// again for what is missing, and the reading stage begins a new attempt after it. Tasks of the old
/// attempt that still run are left alone, and what they finish counts.
///
/// Time per task event does not depend on the number of tasks, jobs or stages that are waiting.
///
/// To change it: keep each decision a step on these tables, add what must always hold to
/// `checkInvariants()` and to INVARIANTS.md, and let the simulation meet the new event.
public struct JobScheduler: Sendable {
    /// The failures of one task that fail its jobs.
    public let maxTaskFailures: Int

    /// The consecutive attempts of one stage that may end for want of input; the last one fails its jobs.
    public let maxStageAttempts: Int

    /// The cached partitions that one task may find damaged: a task that reads many of them meets one after the other.
    public static let maxLostBlocks = 1000

    /// Reports that changed nothing: of attempts reported before, and successes that came after their
    /// stage had ended. Requests to cancel a job or a stage that had ended count as well.
    public internal(set) var ignoredReportCount = 0

    // The dictionaries are for looking up only; order is decided by ids and by `ready`.
    var jobs: [JobID: JobState] = [:]
    var stages: [StageID: StageState] = [:]
    var stageOfShuffle: [ShuffleID: StageID] = [:]
    var mapOutputs = MapOutputTable()
    var slots: SlotTable

    /// The running stages that may have something to launch, sorted, the first to serve last.
    var ready: [StageRank] = []

    var nextTask = TaskID(0)
    var nextStage = StageID(0)

    /// What the present event has led to so far.
    var actions: [Action] = []

    /// Makes a scheduler without jobs.
    /// - Parameters:
    ///   - slots: how many attempts may run at once
    ///   - maxTaskFailures: the failures of one task that fail its jobs; at least 1
    ///   - maxStageAttempts: the consecutive attempts of a stage that may miss their input; at least 1
    public init(slots: Int, maxTaskFailures: Int, maxStageAttempts: Int = 4) {
        precondition(slots > 0 && maxTaskFailures > 0 && maxStageAttempts > 0, "limits are positive numbers")
        self.slots = SlotTable(capacity: slots)
        self.maxTaskFailures = maxTaskFailures
        self.maxStageAttempts = maxStageAttempts
    }

    /// Takes in one event.
    /// - Returns: what the driver has to do, in order; every launch that the event makes possible is in it
    /// - Complexity: O(1) amortised for the report of a task, apart from those that end or start a stage
    /// - Invariant: S1 to S9
    public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        // The report of a task is answered with its acceptance and a launch.
        actions.reserveCapacity(2)
        switch event {
        case .jobSubmitted(let job, let plan): submit(job, plan, at: now)
        case .taskSucceeded(let attempt): succeed(attempt, at: now)
        case .taskFailed(let attempt, let failure): fail(attempt, failure, at: now)
        case .jobCancelled(let job, let reason): cancel(job, reason)
        case .stageCancelled(let stage, let reason): cancel(stage, reason)
        case .shuffleRemoved(let shuffle): remove(shuffle)
        }
        launchReady()
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }

    /// Whether no job runs and no attempt is left to be reported.
    /// - Invariant: S10
    public var isIdle: Bool {
        jobs.isEmpty && stages.isEmpty && stageOfShuffle.isEmpty && ready.isEmpty && slots.occupiedCount == 0
    }

    /// Number of slots.
    public var slotCount: Int { slots.capacity }

    /// Number of attempts that were launched and not reported yet.
    public var runningCount: Int { slots.occupiedCount }

    /// Whether the whole output of a shuffle exists.
    public func hasOutput(_ shuffle: ShuffleID) -> Bool { mapOutputs.isComplete(shuffle) }

    /// Number of shuffles of which at least one map output exists.
    public var shuffleCount: Int { mapOutputs.count }
}

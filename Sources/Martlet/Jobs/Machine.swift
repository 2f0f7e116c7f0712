import MartletCore
import MartletPlan
import MartletScheduler

/// Schedules tasks on threads or on executors. Exactly one of the two is set.
struct Machine: Sendable {
    private var threads: JobScheduler?
    private var executors: DriverCore?

    init(_ scheduler: JobScheduler) { threads = scheduler }

    init(_ core: DriverCore) { executors = core }

    /// An event for the scheduler.
    enum Event: Sendable {
        case jobSubmitted(JobID, JobPlan)
        case jobCancelled(JobID, reason: String)
        case jobFailed(JobID, JobFailure)
        case stageCancelled(StageID, reason: String)
        case shuffleRemoved(ShuffleID)
        /// A thread has ended a task.
        case taskEnded(JobScheduler.Event)
        /// An event of the executors.
        case executors(DriverCore.Event)
    }

    /// The actions to perform, in order. With threads, there are only the scheduler's decisions.
    struct Answer {
        var decisions: [JobScheduler.Action] = []
        var actions: [DriverCore.Action] = []

        /// Whether the output of a task is accepted.
        func accepts(_ attempt: TaskAttempt) -> Bool {
            if case .taskAccepted? = decisions.first { return true }
            return actions.contains(.decided(.taskAccepted(attempt)))
        }
    }

    mutating func handle(_ event: Event, at now: Instant) -> Answer {
        if executors != nil { return Answer(actions: executors?.handle(Self.coreEvent(event), at: now) ?? []) }
        return Answer(decisions: threads?.handle(Self.schedulerEvent(event), at: now) ?? [])
    }

    private static func schedulerEvent(_ event: Event) -> JobScheduler.Event {
        switch event {
        case .jobSubmitted(let job, let plan): .jobSubmitted(job, plan)
        case .jobCancelled(let job, let reason): .jobCancelled(job, reason: reason)
        case .jobFailed(let job, let failure): .jobFailed(job, failure)
        case .stageCancelled(let stage, let reason): .stageCancelled(stage, reason: reason)
        case .shuffleRemoved(let shuffle): .shuffleRemoved(shuffle)
        case .taskEnded(let event): event
        case .executors: preconditionFailure("threads are no executors")
        }
    }

    private static func coreEvent(_ event: Event) -> DriverCore.Event {
        switch event {
        case .jobSubmitted(let job, let plan): .jobSubmitted(job, plan)
        case .jobCancelled(let job, let reason): .jobCancelled(job, reason: reason)
        case .jobFailed(let job, let failure): .jobFailed(job, failure)
        case .stageCancelled(let stage, let reason): .stageCancelled(stage, reason: reason)
        case .shuffleRemoved(let shuffle): .shuffleRemoved(shuffle)
        case .taskEnded: preconditionFailure("executors report tasks by messages")
        case .executors(let event): event
        }
    }

    /// The executors that exist from the start: this process, if tasks run on threads.
    var firstExecutors: [(ExecutorID, host: String, slots: Int)] {
        threads.map { [(ExecutorID(0), host: "localhost", slots: $0.slotCount)] } ?? []
    }

    /// Whether the whole output of a shuffle exists.
    func hasOutput(_ shuffle: ShuffleID) -> Bool {
        threads?.hasOutput(shuffle) ?? executors?.scheduler.hasOutput(shuffle) ?? false
    }

    /// Whether no job runs and no attempt is left to be reported.
    var isIdle: Bool { threads?.isIdle ?? executors?.scheduler.isIdle ?? true }
}

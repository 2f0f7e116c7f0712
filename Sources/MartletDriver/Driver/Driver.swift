import MartletBlocks
package import MartletCore
package import MartletLineage
import MartletPlan
import MartletScheduler
import MartletShuffle
package import MartletStatus
import MartletThreads
import Synchronization

/// Owns the state machine that schedules (`DriverCore`), and has threads or executors carry out its decisions.
///
/// Every change is an event: the driver hands it to the state machine under one lock, and performs the resulting actions in order
/// under the same lock. Actions only queue work, messages or listener events. So the thread that ends a task launches the next
/// one without a hop. Callers are resumed once the lock is free.
///
/// - Invariant: D1, D2
package final class Driver: Sendable {
    let backend: any TaskBackend
    /// The number of tasks that can run at the same time; nil where it changes, as executors of a cluster come and go.
    private let fixedSlotCount: Int?
    /// The cached partitions of RDDs.
    package let cached: any CachedPartitions
    let state: Mutex<State>
    /// What the events so far amount to. A lock of its own, taken inside the other: to look at it holds up no task.
    let status: Mutex<StatusTable>
    /// From the monotonic clock to the time since 1970.
    let epochOffset = Instant.sinceEpoch - .now
    let persisted = Mutex<[RDDID: WeakLineage]>([:])
    package let generations = JobGenerations()
    private let nextJob = Atomic<Int>(0)

    struct State: Sendable {
        var core: DriverCore
        var jobs: [JobID: Job] = [:]
        var bus: ListenerBus
        /// Groups whose future jobs are refused, oldest first.
        var cancelledGroups: [String] = []
        var isStopped = false
    }

    /// Work that is deferred until the lock is released: ending a job resumes its caller, releasing a lineage takes the lock
    /// again, and writing may block.
    struct Leftovers {
        var endedJobs: [(job: Job, error: (any Error)?)] = []
        var work: [TaskBackend.Deferred] = []
        var warnings: [String] = []
    }

    /// - Parameters:
    ///   - slotCount: the number of tasks that are to run at the same time; nil where that changes.
    ///   - cached: finds the cached partitions of RDDs.
    init(
        _ backend: any TaskBackend, _ core: DriverCore, slotCount: Int?, cached: any CachedPartitions, settings: Settings
    ) {
        (self.backend, fixedSlotCount, self.cached) = (backend, slotCount, cached)
        state = Mutex(State(core: core, bus: ListenerBus(capacity: settings[.listenerQueueCapacity])))
        status = Mutex(
            StatusTable(retainedJobs: settings[.retainedJobs], retainedStages: settings[.retainedStages]))
    }

    /// The number of tasks that can run at the same time. In a cluster: at present, and at least 2, so that there are partitions
    /// for executors that are still to come.
    package var slotCount: Int { fixedSlotCount ?? max(2, state.withLock { $0.core.slotCount }) }

    deinit {
        post(.stopping(reason: Self.contextStopped))
        backend.stop()
    }

    /// Runs a job to its end.
    ///
    /// - Throws: `JobError`; `CancellationError` when the calling Swift task was cancelled, which cancels the job.
    package func run(_ job: Job) async throws {
        try Task.checkCancellation()
        try prepare(job)
        let end = JobEnd()
        submit(job) { end.end($0) }
        do {
            try await end.wait()
        } catch let error as CancellationError {
            cancel(job.id, reason: Self.callerCancelled)
            throw error
        }
    }

    /// Checks, before a job begins, whether its tasks can run on the backend.
    ///
    /// - Throws: `NotPortable`.
    package func prepare(_ job: Job) throws { try backend.prepare(job) }

    /// Submits a prepared job.
    ///
    /// - Parameter onEnd: called once, with the error if there is one, on the thread that ends the job. No lock is held.
    package func submit(_ job: Job, onEnd: @escaping @Sendable ((any Error)?) -> Void) {
        job.whenEnded(onEnd)
        var refusal: any Error = JobError.stopped
        let isAdmitted = post(.jobSubmitted(job.id, job.plan), prepare: { state in
            guard !state.isStopped else { return false }
            if let group = job.properties.group, state.cancelledGroups.contains(group) {
                refusal = JobError.cancelled(reason: Self.cancelledGroup(group))
                return false
            }
            state.jobs[job.id] = job
            return true
        })
        if !isAdmitted { job.finish(throwing: refusal) }
    }

    package func makeJobID() -> JobID { JobID(nextJob.wrappingAdd(1, ordering: .relaxed).oldValue) }

    package func stop(_ application: ApplicationSummary) {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        post(.stopping(reason: Self.contextStopped))
        backend.stop()
        state.withLock { state in
            for executor in executors { emitRemoved(executor.id, Self.contextStopped, &state, at: .now) }
        }
        tell(.applicationEnded(application))
        closeListeners()
    }

    /// Releases shuffles that no RDD can read any more.
    package func release(_ shuffles: [ShuffleID]) {
        for shuffle in shuffles { post(.shuffleRemoved(shuffle)) }
    }

    package func hasOutput(of shuffle: ShuffleID) -> Bool { state.withLock { $0.core.hasOutput(shuffle) } }

    package var isIdle: Bool { state.withLock { $0.core.hasNoJobs && $0.jobs.isEmpty } }

    /// Whether there are listeners.
    package var isObserved: Bool { state.withLock { $0.bus.isInUse } }

    /// Whether attempts are running that were told to stop.
    var awaitsCancelled: Bool { state.withLock { $0.core.awaitsStopped } }

    /// Hands an event to `DriverCore` and performs the resulting actions, in order.
    ///
    /// - Parameters:
    ///   - ended: what the attempt that the event reports brings; it is taken over if the scheduler accepts the task.
    ///   - prepare: changes the driver's tables in the same step; returns false to drop the event.
    /// - Returns: whether the event was handled.
    @discardableResult
    func post(
        _ event: DriverCore.Event, ended: EndedTask? = nil,
        prepare: (inout State) -> Bool = { (_: inout State) in true }
    ) -> Bool {
        var leftovers = Leftovers()
        let isHandled = state.withLock { state in
            guard prepare(&state) else { return false }
            let now = Instant.now
            let reported = ended == nil ? nil : state.reported(by: event)
            let actions = state.core.handle(event, at: now)
            if let ended, let (entry, report) = reported {
                let isAccepted = actions.contains { $0.accepts(entry.attempt) }
                emitEnded(entry, report.progress(isAccepted: isAccepted), ended, &state, at: now)
            }
            for action in actions { perform(action, &state, &leftovers, ended, at: now) }
            leftovers.warnings += state.bus.takeWarnings()
            return true
        }
        for work in leftovers.work { work() }
        for warning in leftovers.warnings { writeWarning(warning) }
        for (job, error) in leftovers.endedJobs { job.finish(throwing: error) }
        return isHandled
    }
}

extension Driver.State {
    /// The running attempt that an event reports as ended, and the report.
    fileprivate func reported(by event: DriverCore.Event) -> (AttemptTable.Entry, AttemptReport)? {
        guard case .message(let executor, .taskEnded(let report)) = event else { return nil }
        return core.attempt(of: report, on: executor).map { ($0, report) }
    }
}

extension DriverCore.Action {
    fileprivate func accepts(_ attempt: TaskAttempt) -> Bool {
        if case .decided(.taskAccepted(let accepted)) = self { accepted.id == attempt.id } else { false }
    }
}

import MartletBlocks
package import MartletCore
package import MartletExecutor
import MartletPlan
import MartletScheduler
import MartletShuffle
import MartletThreads
import Synchronization

/// Owns the scheduler and has done what it decides, by threads or by executors.
///
/// Everything that happens is an event: it goes to the scheduler under one lock, and the actions that come back are
/// performed in order under the same lock, where they only queue work or messages, or what listeners are told. So the thread
/// that ends a task starts the next one without a hop. Callers are resumed once the lock is free.
///
/// - Invariant: D1, D2
package final class Driver: Sendable {
    let backend: any TaskBackend
    let state: Mutex<State>
    let persisted = Mutex<[RDDID: WeakLineage]>([:])
    let generations = JobGenerations()
    private let nextJob = Atomic<Int>(0)

    struct State: Sendable {
        var machine: Machine
        var jobs: [JobID: Job] = [:]
        var running = RunningTasks()
        var stages: [StageID: StageProgress] = [:]
        var status: StatusTable
        var bus: ListenerBus
        /// Groups whose future jobs are refused, oldest first.
        var cancelledGroups: [String] = []
        var isStopped = false
    }

    /// Work that an event leaves for after the lock: ending a job resumes its caller, releasing a lineage takes the lock again,
    /// and writing may block.
    struct Leftovers {
        var endedJobs: [(job: Job, error: (any Error)?)] = []
        var warnings: [String] = []
    }

    init(_ backend: any TaskBackend, _ machine: Machine, settings: Settings) {
        self.backend = backend
        var state = State(
            machine: machine,
            status: StatusTable(
                retainedJobs: settings[.retainedJobs], retainedStages: settings[.retainedStages]),
            bus: ListenerBus(capacity: settings[.listenerQueueCapacity]))
        for (executor, host, slots) in machine.firstExecutors { state.add(executor, host: host, slots: slots, at: .now) }
        self.state = Mutex(state)
    }

    deinit { backend.stop() }

    /// Tasks that run at the same time.
    package var slotCount: Int { backend.slotCount }

    /// What is kept of RDDs.
    package var cached: any CachedPartitions { backend.cached }

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

    /// Looks whether a job can run where its tasks are to run, before it begins.
    ///
    /// - Throws: `NotPortable`.
    package func prepare(_ job: Job) throws { try backend.prepare(job, measuresCPU: state.withLock { $0.bus.isInUse }) }

    /// Begins a job that is prepared.
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
        if !isAdmitted {
            backend.forget(job.id)
            job.finish(throwing: refusal)
        }
    }

    package func makeJobID() -> JobID { JobID(nextJob.wrappingAdd(1, ordering: .relaxed).oldValue) }

    func stop(_ application: ApplicationSummary) {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        cancel(where: { _ in true }, reason: Self.contextStopped)
        backend.stop()
        state.withLock { state in
            for executor in Array(state.status.executors.keys) { state.remove(executor, Self.contextStopped, at: .now) }
        }
        tell(.applicationEnd(application))
        closeListeners()
    }

    /// Nobody can read these shuffles any more.
    package func release(_ shuffles: [ShuffleID]) {
        for shuffle in shuffles {
            post(.shuffleRemoved(shuffle))
            backend.remove(shuffle)
        }
    }

    package func hasOutput(of shuffle: ShuffleID) -> Bool { state.withLock { $0.machine.hasOutput(shuffle) } }

    package var isIdle: Bool { state.withLock { $0.machine.isIdle && $0.jobs.isEmpty } }

    /// Hands an event to the scheduler and performs what it answers, in order.
    ///
    /// - Parameters:
    ///   - report: the task that the event tells of; what it made is taken over if the scheduler wants it.
    ///   - prepare: changes the driver's tables in the same step; returns false to drop the event.
    /// - Returns: whether the event was handled.
    @discardableResult
    func post(
        _ event: Machine.Event, report: EndedTask? = nil,
        prepare: (inout State) -> Bool = { (_: inout State) in true }
    ) -> Bool {
        var leftovers = Leftovers()
        let isHandled = state.withLock { state in
            guard prepare(&state) else { return false }
            let now = Instant.now
            let answer = state.machine.handle(event, at: now)
            if let report { state.end(report, isAccepted: answer.accepts(report.attempt), at: now) }
            perform(answer, &state, &leftovers, report, at: now)
            leftovers.warnings += state.bus.takeWarnings()
            return true
        }
        for warning in leftovers.warnings { writeWarning(warning) }
        for (job, error) in leftovers.endedJobs {
            backend.forget(job.id)
            job.finish(throwing: error)
        }
        return isHandled
    }
}

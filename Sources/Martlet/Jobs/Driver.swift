import MartletBlocks
package import MartletCore
package import MartletExecutor
import MartletPlan
import MartletScheduler
import MartletShuffle
import MartletThreads
import Synchronization

/// Owns the scheduler and has threads or executors carry out its decisions.
///
/// Every change is an event: the driver hands it to the scheduler under one lock, and performs the resulting actions in order
/// under the same lock. Actions only queue work, messages or listener events. So the thread that ends a task launches the next
/// one without a hop. Callers are resumed once the lock is free.
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

    /// Work that is deferred until the lock is released: ending a job resumes its caller, releasing a lineage takes the lock
    /// again, and writing may block.
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

    /// The number of tasks that can run at the same time.
    package var slotCount: Int { backend.slotCount }

    /// The cached partitions of RDDs.
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

    /// Checks, before a job begins, whether its tasks can run on the backend.
    ///
    /// - Throws: `NotPortable`.
    package func prepare(_ job: Job) throws { try backend.prepare(job, measuresCPU: state.withLock { $0.bus.isInUse }) }

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

    /// Releases shuffles that no RDD can read any more.
    package func release(_ shuffles: [ShuffleID]) {
        for shuffle in shuffles {
            post(.shuffleRemoved(shuffle))
            backend.remove(shuffle)
        }
    }

    package func hasOutput(of shuffle: ShuffleID) -> Bool { state.withLock { $0.machine.hasOutput(shuffle) } }

    package var isIdle: Bool { state.withLock { $0.machine.isIdle && $0.jobs.isEmpty } }

    /// Hands an event to the scheduler and performs the resulting actions, in order.
    ///
    /// - Parameters:
    ///   - report: the ended task that the event reports; its output is taken over if the scheduler accepts it.
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

import MartletBlocks
package import MartletCore
package import MartletExecutor
import MartletPlan
import MartletScheduler
import MartletShuffle
import Synchronization

/// Owns the scheduler and performs what it decides on a pool of threads.
///
/// Everything that happens is an event: it goes to the scheduler under one lock, and the actions that come back are
/// performed in order under the same lock, where they only queue work, queue what listeners are told, or resume a
/// caller. So the thread that ends a task starts the next one without a hop, and cancelling needs no task of its own.
package final class Driver: Sendable {
    package let environment: ExecutorEnvironment
    package let slotCount: Int
    private let pool: SlotPool
    let state: Mutex<State>
    let persisted = Mutex<[RDDID: WeakLineage]>([:])
    private let nextJob = Atomic<Int>(0)

    struct State: Sendable {
        var scheduler: JobScheduler
        var jobs: [JobID: Job] = [:]
        /// What each slot runs now.
        var running: [RunningTask?]
        var stages: [StageID: StageProgress] = [:]
        var status: StatusBoard
        var bus: ListenerBus
        /// Groups whose future jobs are refused, oldest first.
        var cancelledGroups: [String] = []
        var isStopped = false
    }

    /// What a step leaves for after the lock: releasing a lineage takes the lock again, and writing may take long.
    private struct Leftovers {
        var jobs: [Job] = []
        var warnings: [String] = []
    }

    package init(slots: Int, maxTaskFailures: Int, settings: Settings) {
        environment = ExecutorEnvironment(settings: settings, slots: slots)
        slotCount = slots
        pool = SlotPool(slots: slots)
        state = Mutex(
            State(
                scheduler: JobScheduler(slots: slots, maxTaskFailures: maxTaskFailures),
                running: Array(repeating: nil, count: slots),
                status: StatusBoard(
                    retainedJobs: settings[.retainedJobs], retainedStages: settings[.retainedStages]),
                bus: ListenerBus(capacity: settings[.listenerQueueCapacity])))
    }

    deinit { pool.stop() }

    /// Runs a job to its end.
    ///
    /// - Throws: `JobError`; `CancellationError` when the calling Swift task was cancelled, which cancels the job.
    package func run(_ job: Job) async throws {
        try Task.checkCancellation()
        do {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                    submit(job) { error in
                        if let error { continuation.resume(throwing: error) } else { continuation.resume() }
                    }
                    // A cancellation that came before the job was known has found nothing to cancel.
                    if Task.isCancelled { post(.jobCancelled(job.id, reason: Self.callerCancelled)) }
                }
            } onCancel: {
                post(.jobCancelled(job.id, reason: Self.callerCancelled))
            }
        } catch JobError.cancelled(Self.callerCancelled) {
            throw CancellationError()
        }
    }

    /// Begins a job.
    ///
    /// - Parameter onEnd: called once, with the error if there is one, mostly under the driver's lock: it may store the
    ///   outcome and resume somebody, and must not call the driver or release what belongs to users.
    package func submit(_ job: Job, onEnd: @escaping @Sendable ((any Error)?) -> Void) {
        job.whenEnded(onEnd)
        var refusal = JobError.stopped
        let isAdmitted = post(.jobSubmitted(job.id, job.plan), prepare: { state in
            guard !state.isStopped else { return false }
            if let group = job.properties.group, state.cancelledGroups.contains(group) {
                refusal = .cancelled(reason: Self.cancelledGroup(group))
                return false
            }
            state.jobs[job.id] = job
            return true
        })
        if !isAdmitted { job.finish(throwing: refusal) }
    }

    package func makeJobID() -> JobID { JobID(nextJob.wrappingAdd(1, ordering: .relaxed).oldValue) }

    func stop(_ application: ApplicationSummary) {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        cancel(where: { _ in true }, reason: Self.contextStopped)
        pool.stop()
        environment.scratch.removeAll()
        tell(.applicationEnd(application))
        closeListeners()
    }

    /// Nobody can read these shuffles any more.
    package func release(_ shuffles: [ShuffleID]) {
        for shuffle in shuffles {
            post(.shuffleRemoved(shuffle))
            environment.shuffles.remove(shuffle)
        }
    }

    package func hasOutput(of shuffle: ShuffleID) -> Bool { state.withLock { $0.scheduler.hasOutput(shuffle) } }

    package var isIdle: Bool { state.withLock { $0.scheduler.isIdle && $0.jobs.isEmpty } }

    /// Hands an event to the scheduler and performs what it answers, in order.
    ///
    /// - Parameters:
    ///   - report: the task that the event tells of; what it made is taken over if the scheduler wants it.
    ///   - prepare: changes the driver's tables in the same step; returns false to drop the event.
    /// - Returns: whether the event was handled.
    @discardableResult
    func post(
        _ event: JobScheduler.Event, report: EndedTask? = nil,
        prepare: (inout State) -> Bool = { (_: inout State) in true }
    ) -> Bool {
        var leftovers = Leftovers()
        let isHandled = state.withLock { state in
            guard prepare(&state) else { return false }
            let now = Instant.now
            let actions = state.scheduler.handle(event, at: now)
            if let report { state.end(report, actions, at: now) }
            for action in actions { perform(action, &state, &leftovers, report, at: now) }
            if !state.bus.warnings.isEmpty { swap(&leftovers.warnings, &state.bus.warnings) }
            return true
        }
        for warning in leftovers.warnings { writeWarning(warning) }
        return isHandled
    }

    private func perform(
        _ action: JobScheduler.Action, _ state: inout State, _ leftovers: inout Leftovers, _ report: EndedTask?,
        at now: Instant
    ) {
        switch action {
        case .launch(let launches):
            pool.enqueue(launches.map { start($0, &state, at: now) })
        case .cancel(let attempts):
            for attempt in attempts { state.running[attempt.slot]?.cancellation.cancel() }
            environment.blocks.wakeWaiting()
        case .taskAccepted(let attempt):
            state.stages[attempt.stage]?.summary.completedTaskCount += 1
            report?.outcome.accept()
        case .stageSubmitted(let info):
            state.begin(info, at: now)
        case .stageCompleted(let info):
            state.end(info, nil, at: now)
        case .stageFailed(let info, let failure):
            state.end(info, failure, at: now)
        case .stageSkipped, .executorLost:
            break
        case .jobStarted(let id, let stages):
            state.begin(id, stages, at: now)
        case .jobSucceeded(let id):
            if let job = state.end(id, nil, at: now) {
                job.finish()
                leftovers.jobs.append(job)
            }
        case .jobFailed(let id, let failure):
            if let job = state.end(id, failure, at: now) {
                job.finish(throwing: job.error(for: failure))
                leftovers.jobs.append(job)
            }
        }
    }

    private func start(_ launch: TaskLaunch, _ state: inout State, at now: Instant) -> SlotPool.Work {
        guard let job = state.jobs[launch.attempt.job] else {
            preconditionFailure("a task of job \(launch.attempt.job) was launched after the job's end")
        }
        let (properties, environment, measuresCPU) = (job.properties, environment, state.bus.isInUse)
        let running = RunningTask(id: launch.attempt.id, cancellation: CancellationFlag())
        state.running[launch.attempt.slot] = running
        state.begin(launch.attempt, at: now)
        return { [self] in
            environment.blocks.begin()
            defer { environment.blocks.end() }
            let context = TaskContext(
                attempt: launch.attempt, partitionCount: job.program(of: launch.planStage).root.partitionCount,
                properties: properties, environment: environment, cancellation: running.cancellation,
                measuresCPU: measuresCPU)
            let outcome = job.runTask(launch, context)
            post(
                outcome.event, report: EndedTask(context, outcome),
                prepare: { state in
                    state.running[launch.attempt.slot] = nil
                    return true
                })
            for update in outcome.updates { update.settle() }
        }
    }
}

/// What a slot runs. The task's context is made by the thread that runs it, to keep the lock short.
struct RunningTask: Sendable {
    let id: TaskID
    let cancellation: CancellationFlag
}


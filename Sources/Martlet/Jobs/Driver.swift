import Glibc
import MartletBlocks
package import MartletCore
package import MartletExecutor
package import MartletPlan
package import MartletScheduler
import MartletShuffle
import Synchronization

/// Owns the scheduler and performs what it decides on a pool of threads.
///
/// Everything that happens is an event: it goes to the scheduler under one lock, and the actions that come back are
/// performed in order under the same lock, where they only queue work or resume a caller. So the thread that ends a
/// task starts the next one without a hop, and cancelling needs no task of its own.
package final class Driver: Sendable {
    package let environment: ExecutorEnvironment
    package let slotCount: Int
    private let pool: SlotPool
    private let state: Mutex<State>
    private let nextJob = Atomic<Int>(0)

    struct State: Sendable {
        var scheduler: JobScheduler
        var jobs: [JobID: Job] = [:]
        /// What each slot runs now.
        var running: [TaskContext?]
        var stages: [StageID: RunningStage] = [:]
        var isStopped = false
    }

    /// What a step leaves to be released after the lock: releasing a lineage takes the lock again.
    private struct Garbage {
        var jobs: [Job] = []
    }

    package init(slots: Int, maxTaskFailures: Int, settings: Settings) {
        environment = ExecutorEnvironment(settings: settings)
        slotCount = slots
        pool = SlotPool(slots: slots)
        state = Mutex(
            State(
                scheduler: JobScheduler(slots: slots, maxTaskFailures: maxTaskFailures),
                running: Array(repeating: nil, count: slots)))
    }

    deinit { pool.stop() }

    /// Runs a job to its end.
    ///
    /// - Throws: `JobError`; `CancellationError` when the calling Swift task was cancelled, which cancels the job.
    package func run(_ job: Job) async throws {
        do {
            try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in submit(job, continuation) }
            } onCancel: {
                post(.jobCancelled(job.id, reason: Self.callerCancelled))
            }
        } catch JobError.cancelled(Self.callerCancelled) {
            throw CancellationError()
        }
    }

    private func submit(_ job: Job, _ continuation: CheckedContinuation<Void, any Error>) {
        job.await(continuation)
        let isAdmitted = post(.jobSubmitted(job.id, job.plan), prepare: { state in
            guard !state.isStopped else { return false }
            state.jobs[job.id] = job
            return true
        })
        if !isAdmitted { job.finish(throwing: JobError.stopped) }
        // A cancellation that came before the job was known has found nothing to cancel.
        if Task.isCancelled { post(.jobCancelled(job.id, reason: Self.callerCancelled)) }
    }

    package func makeJobID() -> JobID { JobID(nextJob.wrappingAdd(1, ordering: .relaxed).oldValue) }

    static var callerCancelled: String { "the calling task was cancelled" }
    static var contextStopped: String { "the context was stopped" }

    package func cancelAllJobs() { cancelAll(reason: "all jobs were cancelled") }

    package func stop() {
        let wasStopped = state.withLock { state in
            defer { state.isStopped = true }
            return state.isStopped
        }
        guard !wasStopped else { return }
        cancelAll(reason: Self.contextStopped)
        pool.stop()
    }

    private func cancelAll(reason: String) {
        for id in state.withLock({ $0.jobs.keys.sorted() }) { post(.jobCancelled(id, reason: reason)) }
    }

    /// The owner of these shuffles or this cache has gone.
    package func release(_ node: PlanNode) {
        if node.storageLevel.isPersistent { environment.blocks.remove(node.id) }
        for case .shuffle(let shuffle) in node.dependencies {
            post(.shuffleRemoved(shuffle.id))
            environment.shuffles.remove(shuffle.id)
        }
    }

    package func hasOutput(of shuffle: ShuffleID) -> Bool { state.withLock { $0.scheduler.hasOutput(shuffle) } }

    package var isIdle: Bool { state.withLock { $0.scheduler.isIdle && $0.jobs.isEmpty } }

    /// The stages that run now, oldest first.
    package func runningStages() -> [RunningStage] {
        state.withLock { state in state.stages.values.sorted { $0.info.id < $1.info.id } }
    }

    /// Hands an event to the scheduler and performs what it answers, in order.
    ///
    /// - Parameters:
    ///   - accepted: takes over the result of the task that the event reports, if the scheduler wants it.
    ///   - prepare: changes the driver's tables in the same step; returns false to drop the event.
    /// - Returns: whether the event was handled.
    @discardableResult
    private func post(
        _ event: JobScheduler.Event, accepted: () -> Void = {}, prepare: (inout State) -> Bool = { (_: inout State) in true }
    ) -> Bool {
        var garbage = Garbage()
        return state.withLock { state in
            guard prepare(&state) else { return false }
            for action in state.scheduler.handle(event, at: .now) {
                perform(action, &state, &garbage, accepted: accepted)
            }
            return true
        }
    }

    private func perform(
        _ action: JobScheduler.Action, _ state: inout State, _ garbage: inout Garbage, accepted: () -> Void
    ) {
        switch action {
        case .launch(let launches):
            pool.enqueue(launches.map { start($0, &state) })
        case .cancel(let attempts):
            for attempt in attempts { state.running[attempt.slot]?.cancellation.cancel() }
        case .taskAccepted(let attempt):
            state.stages[attempt.stage]?.finishedCount += 1
            accepted()
        case .stageSubmitted(let info):
            state.stages[info.id] = RunningStage(info: info)
        case .stageCompleted(let info), .stageFailed(let info, _):
            state.stages[info.id] = nil
        case .jobStarted, .stageSkipped:
            break
        case .jobSucceeded(let id):
            if let job = state.jobs.removeValue(forKey: id) {
                job.finish()
                garbage.jobs.append(job)
            }
        case .jobFailed(let id, let failure):
            if let job = state.jobs.removeValue(forKey: id) {
                job.finish(throwing: job.error(for: failure))
                garbage.jobs.append(job)
            }
        }
    }

    private func start(_ launch: TaskLaunch, _ state: inout State) -> SlotPool.Work {
        guard let job = state.jobs[launch.attempt.job] else {
            preconditionFailure("a task of job \(launch.attempt.job) was launched after the job's end")
        }
        let context = TaskContext(
            attempt: launch.attempt, partitionCount: job.root(of: launch.planStage).partitionCount,
            environment: environment)
        state.running[launch.attempt.slot] = context
        state.stages[launch.attempt.stage]?.runningCount += 1
        return { [self] in
            let outcome = job.runTask(launch, context)
            post(
                outcome.event, accepted: outcome.accept,
                prepare: { state in
                    state.running[launch.attempt.slot] = nil
                    state.stages[launch.attempt.stage]?.runningCount -= 1
                    return true
                })
        }
    }
}

/// A stage attempt in progress, for the progress line.
package struct RunningStage: Sendable {
    package let info: StageInfo
    package var finishedCount = 0
    package var runningCount = 0
}

extension Instant {
    /// The monotonic clock.
    static var now: Instant {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec * 1_000_000_000 + time.tv_nsec))
    }
}

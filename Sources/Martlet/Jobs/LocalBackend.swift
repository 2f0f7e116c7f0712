import MartletBlocks
import MartletCore
import MartletExecutor
import MartletPortable
import MartletScheduler
import MartletShuffle
import MartletThreads
import Synchronization

/// Threads of this process.
final class LocalBackend: TaskBackend {
    let environment: ExecutorEnvironment
    private let pool: ThreadPool
    /// How closely jobs are looked at before they begin.
    private let check: PortabilityCheck?
    private let checksResults: Bool

    init(slots: Int, settings: Settings) {
        environment = ExecutorEnvironment(settings: settings, slots: slots)
        pool = ThreadPool("slot", threads: slots)
        checksResults = settings[.checksPortability] ?? Self.isDebugBuild
        check = Self.makeCheck(ofAll: checksResults, acceptsUntested: settings[.acceptsUntestedCompiler])
    }

    /// Nothing is sent, so a compiler that is not known is no reason to stop.
    private static func makeCheck(ofAll: Bool, acceptsUntested: Bool) -> PortabilityCheck? {
        do {
            if ofAll {
                try GraphCoder.selfCheck(acceptsUntested: acceptsUntested)
                return .ofAll(in: PortableSession())
            }
            try HandleSearch.selfCheck(acceptsUntested: acceptsUntested)
            return .ofHandles
        } catch {
            return nil
        }
    }

    private static var isDebugBuild: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    var slotCount: Int { environment.slots }
    var cached: any CachedPartitions { environment }

    func prepare(_ job: Job, measuresCPU: Bool) throws {
        guard !pool.isAround else { throw JobError.calledInTask(operation: job.operation, callSite: job.callSite) }
        guard let check else { return }
        try job.check(check, isMade: environment.shuffles.isComplete)
        if checksResults { try job.checkResults() }
    }

    func start(_ launches: [TaskLaunch], _ driver: Driver, _ state: inout Driver.State) {
        pool.enqueue(launches.map { start($0, driver, &state) })
    }

    private func start(_ launch: TaskLaunch, _ driver: Driver, _ state: inout Driver.State) -> ThreadPool.Work {
        guard let job = state.jobs[launch.attempt.job], let running = state.running[launch.attempt.slot] else {
            preconditionFailure("a task of job \(launch.attempt.job) was launched after the job's end")
        }
        let (environment, measuresCPU) = (environment, state.bus.isInUse)
        return {
            environment.blocks.begin()
            defer { environment.blocks.end() }
            // Made here, to keep the lock short.
            let context = TaskContext(
                attempt: launch.attempt, partitionCount: job.program(of: launch.planStage).root.partitionCount,
                properties: job.properties, environment: environment, cancellation: running.cancellation,
                measuresCPU: measuresCPU)
            let outcome = job.runTask(launch, context)
            driver.post(
                .taskEnded(outcome.event), report: EndedTask(context, outcome),
                prepare: { state in
                    state.running[launch.attempt.slot] = nil
                    return true
                })
            for update in outcome.updates { update.settle() }
        }
    }

    func cancel(_ attempts: [TaskAttempt], _ driver: Driver, _ state: inout Driver.State) {
        for attempt in attempts { cancel(slot: attempt.slot, driver, &state) }
        environment.blocks.wakeWaiting()
    }

    private func cancel(slot: Int, _ driver: Driver, _ state: inout Driver.State) {
        state.running[slot]?.cancel()
        if !state.running.isWatched {
            state.running.isWatched = true
            Self.lookForStalls(driver, after: Self.patience)
        }
    }

    /// How long functions may take to return after their cancellation before that is told.
    private static var patience: Duration { .seconds(5) }

    /// Tells of functions that have not returned since they were cancelled. Keeps nothing of a driver that goes meanwhile.
    private static func lookForStalls(_ driver: Driver, after pause: Duration) {
        Task.detached { [weak driver] in
            try? await Task.sleep(for: pause)
            guard let driver else { return }
            let (texts, isLate) = driver.state.withLock { state in
                let late = state.running.takeNotReturned(at: .now, after: patience)
                state.running.isWatched = state.running.hasCancelled
                return (late.map { state.notReturned($0, patience) }, state.running.isWatched)
            }
            for text in texts { driver.writeWarning(text) }
            if isLate { lookForStalls(driver, after: patience) }
        }
    }

    func kill(_ task: TaskID, _ driver: Driver) -> Bool {
        driver.state.withLock { state in
            guard let running = state.running.task(task) else { return false }
            cancel(slot: running.launch.attempt.slot, driver, &state)
            return true
        }
    }

    func forget(_ rdd: RDDID, _ driver: Driver) { environment.forget(rdd) }

    func remove(_ shuffle: ShuffleID) { environment.shuffles.remove(shuffle) }

    func stop() {
        pool.stop()
        environment.scratch.removeAll()
    }

    // There are no executors, and nobody keeps anything for them.
    func perform(_ action: DriverCore.Action, _ state: inout Driver.State) {}
    func forget(_ executor: ExecutorID) {}
    func forget(_ job: JobID) {}
    func forget(_ broadcast: BroadcastID, _ driver: Driver) {}

    func forget(_ broadcast: DestroyedBroadcast, _ driver: Driver) { PortabilityCheck.lookAgain() }
}

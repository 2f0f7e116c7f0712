import MartletBlocks
import MartletCore
import MartletExecutor
import MartletPortable
import MartletScheduler
import MartletShuffle
import MartletThreads
import Synchronization

/// Runs tasks on threads of this process.
final class LocalBackend: TaskBackend {
    let environment: ExecutorEnvironment
    private let pool: ThreadPool
    /// Checks jobs before they begin.
    private let check: PortabilityCheck?
    private let checksResults: Bool

    init(slots: Int, settings: Settings) {
        environment = ExecutorEnvironment(settings: settings, slots: slots)
        pool = ThreadPool("slot", threads: slots)
        checksResults = settings[.checksPortability] ?? Self.isDebugBuild
        check = Self.makeCheck(ofAll: checksResults, acceptsUntested: settings[.acceptsUntestedCompiler])
    }

    /// Nothing is sent, so an unknown compiler is no reason to fail.
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
        guard let job = state.jobs[launch.attempt.job], let running = state.running[launch.attempt.number] else {
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
                    state.running[launch.attempt.number] = nil
                    return true
                })
            for update in outcome.updates { update.settle() }
        }
    }

    func cancel(_ attempts: [TaskAttempt], _ driver: Driver, _ state: inout Driver.State) {
        for attempt in attempts { cancel(slot: attempt.number, driver, &state) }
        environment.blocks.wakeWaiting()
    }

    private func cancel(slot: Int, _ driver: Driver, _ state: inout Driver.State) {
        state.running[slot]?.cancel()
        if !state.running.isWatched {
            state.running.isWatched = true
            Self.lookForStalls(driver, after: Self.patience)
        }
    }

    /// How long functions may take to return after their cancellation before a warning.
    private static var patience: Duration { .seconds(5) }

    /// Warns of functions that have not returned since they were cancelled. Does not keep the driver alive meanwhile.
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
            cancel(slot: running.launch.attempt.number, driver, &state)
            return true
        }
    }

    func forget(_ rdd: RDDID, _ driver: Driver) { environment.forget(rdd) }

    func remove(_ shuffle: ShuffleID) { environment.shuffles.remove(shuffle) }

    func stop() {
        pool.stop()
        environment.scratch.removeAll()
    }

    // There are no executors, so there is no state to drop.
    func perform(_ action: DriverCore.Action, _ state: inout Driver.State) {}
    func forget(_ executor: ExecutorID) {}
    func forget(_ job: JobID) {}
    func forget(_ broadcast: BroadcastID, _ driver: Driver) {}

    func forget(_ broadcast: DestroyedBroadcast, _ driver: Driver) { PortabilityCheck.lookAgain() }
}

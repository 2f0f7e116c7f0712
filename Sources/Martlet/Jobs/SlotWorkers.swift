import MartletBlocks
import MartletCore
import MartletExecutor
import MartletPortable
import MartletScheduler
import MartletShuffle
import Synchronization

/// Threads of this process.
final class SlotWorkers: Workers {
    let environment: ExecutorEnvironment
    private let pool: SlotPool
    private let checksPortability: Bool
    /// Broadcasts that were destroyed so far.
    private let destroyedCount = Atomic<Int>(0)
    /// RDDs whose functions were looked at, after so many broadcasts were destroyed.
    private let known = Mutex<(rdds: Set<RDDID>, destroyedCount: Int)>(([], 0))

    init(slots: Int, settings: Settings) {
        environment = ExecutorEnvironment(settings: settings, slots: slots)
        pool = SlotPool(slots: slots)
        let checks = settings[.checksPortability] ?? Self.isDebugBuild
        // Nothing is sent, so a compiler that is not known is no reason to stop.
        checksPortability =
            checks && (try? GraphCoder.selfCheck(acceptsUntested: settings[.acceptsUntestedCompiler])) != nil
    }

    private static var isDebugBuild: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }

    var slotCount: Int { environment.slots }
    var kept: any KeptPartitions { environment }

    func prepare(_ job: Job, measuresCPU: Bool) throws {
        let count = destroyedCount.load(ordering: .acquiring)
        guard checksPortability || count > 0 else { return }
        var found = known.withLock { $0.destroyedCount == count ? $0.rdds : [] }
        // Functions of the user may be called, outside of the lock.
        let isMade = environment.shuffles.isComplete
        if checksPortability {
            try job.checkPortability(&found, isMade: isMade)
        } else {
            try job.checkBroadcasts(&found, isMade: isMade)
        }
        let looked = found
        known.withLock { known in
            if known.destroyedCount < count { known = ([], count) }
            if known.destroyedCount == count { known.rdds.formUnion(looked) }
        }
    }

    func start(_ launches: [TaskLaunch], _ driver: Driver, _ state: inout Driver.State) {
        pool.enqueue(launches.map { start($0, driver, &state) })
    }

    private func start(_ launch: TaskLaunch, _ driver: Driver, _ state: inout Driver.State) -> SlotPool.Work {
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

    func cancel(_ attempts: [TaskAttempt], _ state: inout Driver.State) {
        for attempt in attempts { state.running[attempt.slot]?.cancellation.cancel() }
        environment.blocks.wakeWaiting()
    }

    func kill(_ task: TaskID, _ driver: Driver) -> Bool {
        driver.state.withLock { state in
            guard let running = state.running.task(task) else { return false }
            running.cancellation.cancel()
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

    func forget(_ broadcast: DestroyedBroadcast, _ driver: Driver) {
        destroyedCount.wrappingAdd(1, ordering: .releasing)
    }
}

import MartletBlocks
import MartletCore
import MartletExecutor
import MartletLineage
import MartletPortable
import MartletScheduler
import MartletShuffle
import MartletTasks
import MartletThreads
import Synchronization

/// Runs tasks on threads of this process, which is executor 0.
final class LocalBackend: TaskBackend {
    let environment: ExecutorEnvironment
    private let runner: TaskRunner
    /// Checks jobs before they begin.
    private let check: PortabilityCheck?
    private let checksResults: Bool
    /// Whether somebody will look whether cancelled functions have returned.
    private let isWatched = Atomic<Bool>(false)

    init(slots: Int, settings: Settings) {
        environment = ExecutorEnvironment(settings: settings, slots: slots)
        runner = TaskRunner(environment)
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

    func prepare(_ job: Job) throws {
        guard !runner.isAround else { throw JobError.calledInTask(operation: job.operation, callSite: job.callSite) }
        guard let check else { return }
        try job.check(check, isMade: environment.shuffles.isComplete)
        if checksResults { try job.checkResults() }
    }

    func perform(_ action: DriverCore.Action, _ driver: Driver, _ jobs: [JobID: Job]) -> Deferred? {
        guard case .send(let executor, let message) = action else { return nil }
        switch message {
        case .launch(let key, let launches):
            guard let job = jobs[key.job] else { preconditionFailure("job \(key.job) launches after its end") }
            let program = job.taskProgram(ofStage: key.planStage)
            runner.start(launches, { program }) { ended in
                let task = EndedTask(ended, of: job)
                let report = AttemptReport(task: ended.attempt.id, number: ended.attempt.number, failure: ended.failure)
                driver.post(.message(executor, .taskEnded(report)), ended: task)
                task.settle()
            }
            return nil
        case .cancel(let tasks):
            runner.cancel(tasks)
            if !isWatched.exchange(true, ordering: .relaxed) { watch(driver) }
            return nil
        case .removeShuffles(let shuffles):
            return { [environment] in for shuffle in shuffles { environment.shuffles.remove(shuffle) } }
        case .removeBlocks(let rdd):
            return { [environment] in environment.forget(rdd) }
        case .dropBlocks(let blocks):
            return { [environment] in for block in blocks { environment.drop(block) } }
        case .destroyBroadcast:
            return { PortabilityCheck.lookAgain() }
        // This process has the programs and outputs, and goes on.
        case .install, .forget, .mapOutputs, .removeBroadcasts, .executors, .stop:
            return nil
        }
    }

    /// Has `DriverCore` look from time to time whether functions have returned since they were cancelled. Does not keep the
    /// driver alive meanwhile.
    private func watch(_ driver: Driver) {
        Task.detached { [weak self, weak driver] in
            var isNeeded = true
            while isNeeded {
                try? await Task.sleep(for: .seconds(5))
                guard let self, let driver else { return }
                driver.post(.tick)
                isWatched.store(false, ordering: .relaxed)
                isNeeded = driver.awaitsCancelled && !isWatched.exchange(true, ordering: .relaxed)
            }
        }
    }

    func stop() {
        runner.stop()
        environment.scratch.removeAll()
    }
}

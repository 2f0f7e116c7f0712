import MartletBlocks
import MartletCluster
import MartletCore
import MartletExecutor
import MartletScheduler
import Synchronization

/// Runs tasks on executors: processes of this program.
final class ClusterBackend: TaskBackend {
    let slotCount: Int
    private let board = BlockTable()
    private let handles = SharedVariables(.driver)
    private let programs: StagePrograms
    private let maxResultBytes: Int
    private let endpoint = Mutex<DriverEndpoint?>(nil)
    /// Bytes of results that have arrived, by job.
    private let resultBytes = Mutex<[JobID: Int]>([:])
    private let owner = Mutex(WeakDriver())
    /// Why executors cannot be started.
    private let trouble = Mutex<String?>(nil)
    private let executorCount: Int
    /// RDDs whose missing copies have been reported.
    private let toldOfCopies = Mutex<Set<RDDID>>([])

    private struct WeakDriver: Sendable {
        weak var driver: Driver?
    }

    init(_ plan: DriverEndpoint.Plan) {
        slotCount = plan.executors * plan.slots
        executorCount = plan.executors
        maxResultBytes = plan.settings[.maxResultSize]
        programs = StagePrograms(handles)
        // Executors do so as well, but later than the user who starts a context may expect.
        ScratchSpace(plan.settings).removeAbandoned()
    }

    /// Starts the executors, which report to the driver from then on.
    ///
    /// - Throws: `ClusterError`.
    func begin(_ plan: DriverEndpoint.Plan, for driver: Driver) throws(ClusterError) {
        owner.withLock { $0.driver = driver }
        let started = try DriverEndpoint(plan, handles, holders: { [board] in board.holders(of: $0) }) { [weak self] in
            self?.handle($0)
        }
        endpoint.withLock { $0 = started }
    }

    private var driver: Driver? { owner.withLock { $0.driver } }
    var currentEndpoint: DriverEndpoint? { endpoint.withLock { $0 } }

    var cached: any CachedPartitions { board }

    func prepare(_ job: Job, measuresCPU: Bool) throws {
        try job.checkResults()
        try programs.prepare(job, measuresCPU: measuresCPU) { board.partitionCount(of: $0) > 0 }
    }

    // The machine sends launches and cancellations as messages.
    func start(_ launches: [TaskLaunch], _ driver: Driver, _ state: inout Driver.State) {}
    func cancel(_ attempts: [TaskAttempt], _ driver: Driver, _ state: inout Driver.State) {}

    func kill(_ task: TaskID, _ driver: Driver) -> Bool {
        driver.post(.executors(.taskKilled(task)), prepare: { $0.running.task(task) != nil })
    }

    func perform(_ action: DriverCore.Action, _ state: inout Driver.State) {
        switch action {
        case .send(let executor, let message):
            var payload: [UInt8] = []
            if case .install(let key) = message { payload = state.jobs[key.job]?.package(ofStage: key.planStage) ?? [] }
            if case .dropBlocks(let blocks) = message { board.update(executor, blocks.map { BlockUpdate(id: $0) }) }
            currentEndpoint?.send(executor, message, payload: payload)
        case .dismiss(let executor, _):
            currentEndpoint?.kill(executor)
        case .ended, .decided, .tell:
            break
        }
    }

    func text(of notice: DriverCore.Notice, _ state: Driver.State) -> String {
        func name(_ job: JobID) -> String { state.jobs[job].map { "\($0.operation) at \($0.callSite)" } ?? "job \(job)" }
        switch notice {
        case .noExecutor(let job):
            let cause = trouble.withLock { $0 }.map { ": \($0)" } ?? ""
            return "\(name(job)) waits, since none of \(executorCount) executors is there\(cause)"
        case .tooFewSlots(let job, let slots, let wanted):
            return "\(name(job)) waits for slots of executors: \(slots) are there, and \(wanted) are to be "
                + "(martlet.scheduler.minRegisteredResourcesRatio)"
        case .startsWithFewerSlots(let slots, let wanted):
            return "\(slots) slots of executors are there, and not \(wanted); they are waited for no longer "
                + "(martlet.scheduler.maxRegisteredResourcesWaitingTime)"
        case .notReturned(let attempt, let patience):
            return state.notReturned(attempt, patience) + "; its executor \(attempt.executor) is replaced if a job waits for a slot"
        }
    }

    func forget(_ executor: ExecutorID) { board.forget(executor) }

    func forget(_ job: JobID) {
        resultBytes.withLock { $0[job] = nil }
        programs.forget(job)
    }

    func forget(_ rdd: RDDID, _ driver: Driver) {
        board.forget(rdd)
        toldOfCopies.withLock { _ = $0.remove(rdd) }
        driver.post(.executors(.blocksRemoved(rdd)))
    }

    func forget(_ broadcast: BroadcastID, _ driver: Driver) { driver.post(.executors(.broadcastsRemoved([broadcast]))) }

    func forget(_ broadcast: DestroyedBroadcast, _ driver: Driver) {
        driver.post(.executors(.broadcastDestroyed(broadcast)))
    }

    func remove(_ shuffle: ShuffleID) { programs.forget(shuffle) }

    func stop() {
        let endpoint = endpoint.withLock { $0.take() }
        endpoint?.stop()
        // The endpoint reports no more events: running tasks have ended with their executors.
        guard let driver else { return }
        for executor in driver.executors {
            driver.post(.executors(.exited(executor.id, reason: Driver.contextStopped, isFault: false)))
        }
    }

    // MARK: Messages from executors

    private func handle(_ event: DriverEndpoint.Event) {
        guard let driver else { return }
        switch event {
        case .registered(let address, let slots): driver.post(.executors(.registered(address, slots: slots)))
        case .disconnected(let executor): driver.post(.executors(.disconnected(executor)))
        case .exited(let executor, let reason, let isFault):
            driver.post(.executors(.exited(executor, reason: reason, isFault: isFault)))
        case .tick: driver.post(.executors(.tick))
        case .trouble(let text):
            trouble.withLock { $0 = text }
            driver.writeWarning("\(text); starts are tried again, with pauses of up to 30 s")
        case .recovered:
            trouble.withLock { $0 = nil }
            driver.writeWarning("executors can be started again")
        case .message(let executor, .taskEnded(let report), let payload):
            end(report, TaskDetails(of: payload), on: executor, driver)
        case .message(let executor, .heartbeat, let payload):
            let progress = try? TaskProgress.decoded(payload)
            driver.post(
                .executors(.message(executor, .heartbeat)),
                prepare: { state in
                    if let progress { state.progress(progress, on: executor) }
                    return true
                })
        case .message(let executor, let message, _): driver.post(.executors(.message(executor, message)))
        }
    }

    private func end(_ report: AttemptReport, _ details: TaskDetails?, on executor: ExecutorID, _ driver: Driver) {
        let report = details.map { report.copied($0.copies) } ?? report
        let (running, job) = driver.state.withLock { state in
            let running = state.running.task(report.task)
            return (running, running.flatMap { state.jobs[$0.launch.attempt.job] })
        }
        guard let running, let job else {
            // No job waits for the task: its job has ended, or its executor had been given up.
            if details?.result.isEmpty == true { currentEndpoint?.releaseResult(of: report.task, from: executor) }
            return post(report, details, on: executor, nil, running, driver)
        }
        guard let details else {
            let failure = TaskFailure.error("what executor \(executor) reports of it cannot be read")
            return post(report.failing(failure), nil, on: executor, nil, running, driver)
        }
        guard case .result = report.outcome, details.result.isEmpty, details.resultBytes > 0 else {
            return take(report, details, details.result, on: executor, running, job, driver)
        }
        guard isWithinLimit(job, details.resultBytes, driver) else {
            currentEndpoint?.releaseResult(of: report.task, from: executor)
            return post(report.failing(.cancelled), details, on: executor, nil, running, driver)
        }
        currentEndpoint?.fetchResult(of: report.task, from: executor) { [weak self] bytes in
            guard let self, let bytes else {
                self?.post(report.failing(.cancelled), details, on: executor, nil, running, driver)
                return
            }
            take(report, details, bytes, on: executor, running, job, driver)
        }
    }

    /// Counts the result bytes of a job, and fails the job if they exceed the limit.
    private func isWithinLimit(_ job: Job, _ bytes: Int, _ driver: Driver) -> Bool {
        let total = resultBytes.withLock { sums in
            sums[job.id, default: 0] += bytes
            return sums[job.id, default: 0]
        }
        guard maxResultBytes > 0, total > maxResultBytes else { return true }
        driver.post(.jobFailed(job.id, .resultsTooLarge(limit: maxResultBytes)))
        return false
    }

    private func take(
        _ report: AttemptReport, _ details: TaskDetails, _ result: [UInt8], on executor: ExecutorID,
        _ running: RunningTasks.Task, _ job: Job, _ driver: Driver
    ) {
        let attempt = running.launch.attempt
        for copies in details.fewerCopies { tell(copies, job, driver) }
        var report = report
        var outcome: Job.TaskOutcome
        switch report.outcome {
        case .result:
            _ = details.result.isEmpty || isWithinLimit(job, details.result.count, driver)
            outcome = job.outcome(of: attempt, .taskSucceeded(attempt), result: result, details, accumulators: handles)
        case .mapOutput:
            outcome = job.outcome(of: attempt, .taskSucceeded(attempt), result: nil, details, accumulators: handles)
        case .failed(let failure):
            outcome = job.outcome(
                of: attempt, .taskFailed(attempt, failure), result: nil, details, accumulators: handles)
        }
        // The result or the updates could not be decoded.
        if case .taskFailed(_, let failure) = outcome.event { report = report.failing(failure) }
        let ended = EndedTask(attempt, launchedAt: running.launchedAt, details, outcome)
        post(report, details, on: executor, ended, running, driver)
        for update in outcome.updates { update.settle() }
    }

    /// Warns of missing copies, once for each RDD.
    private func tell(_ fewer: FewerCopies, _ job: Job, _ driver: Driver) {
        guard let node = job.node(fewer.id.rdd), toldOfCopies.withLock({ $0.insert(node.id).inserted }) else { return }
        driver.writeWarning(
            "partition \(fewer.id.partition) of \(node.operation) at \(node.callSite) is kept by \(fewer.copies) of the "
                + "\(fewer.wanted) executors that its level asks for: no other one was there, or had room")
    }

    private func post(
        _ report: AttemptReport, _ details: TaskDetails?, on executor: ExecutorID, _ ended: EndedTask?,
        _ running: RunningTasks.Task?, _ driver: Driver
    ) {
        driver.post(
            .executors(.message(executor, .taskEnded(report))), report: ended,
            prepare: { [board] state in
                if let running, state.running[running.launch.attempt.number]?.launch == running.launch {
                    state.running[running.launch.attempt.number] = nil
                }
                // Includes partitions that were cached by tasks of ended jobs.
                board.update(executor, details?.stored ?? [])
                for copy in details?.copies ?? [] { board.update(copy.executor, [copy.update]) }
                return true
            })
    }
}

extension AttemptReport {
    /// A report that the same task has failed after all.
    fileprivate func failing(_ failure: TaskFailure) -> AttemptReport {
        var report = self
        report.outcome = .failed(failure)
        return report
    }

    /// The same report, with the copies that other executors hold for the task.
    fileprivate func copied(_ updates: [CopyUpdate]) -> AttemptReport {
        if updates.isEmpty { return self }
        var report = self
        report.copies = Dictionary(grouping: updates, by: \.executor).sorted { $0.key < $1.key }.map { executor, updates in
            BlockCopies(
                executor: executor, stored: updates.filter(\.update.isKept).map(\.update.id),
                dropped: updates.filter { !$0.update.isKept }.map(\.update.id))
        }
        return report
    }
}

extension TaskDetails {
    fileprivate init?(of payload: [UInt8]) {
        guard let details = try? TaskDetails(decoding: payload) else { return nil }
        self = details
    }
}

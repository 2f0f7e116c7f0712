import MartletBlocks
import MartletCluster
import MartletCore
import MartletExecutor
import MartletLineage
import MartletPlan
import MartletScheduler
import MartletTasks
import Synchronization

// Events and messages of executors, on the endpoint's thread.
extension ClusterBackend {
    func receive(_ event: DriverCore.Event, _ payload: [UInt8]) {
        guard let driver else { return }
        switch event {
        case .message(let executor, .taskEnded(let report)):
            end(report, try? TaskDetails(decoding: payload), on: executor, driver)
        case .message(let executor, .heartbeat):
            let progress = try? TaskProgress.decoded(payload)
            driver.post(
                event,
                prepare: { state in
                    if let progress { driver.emitProgress(progress, on: executor, &state) }
                    return true
                })
        default: driver.post(event)
        }
    }

    private func end(_ report: AttemptReport, _ details: TaskDetails?, on executor: ExecutorID, _ driver: Driver) {
        let report = details.map { report.copied($0.copies) } ?? report
        let (launch, job) = driver.state.withLock { state in
            let launch = state.core.attempt(of: report, on: executor)?.launch
            return (launch, launch.flatMap { state.jobs[$0.attempt.job] })
        }
        guard let details else {
            let failure = TaskFailure.error("what executor \(executor) reports of it cannot be read")
            return post(report.failing(failure), TaskDetails(), on: executor, nil, driver)
        }
        guard let launch, let job else {
            // No job waits for the task: its job has ended, or its executor had been given up.
            if details.result.isEmpty { currentEndpoint?.releaseResult(of: report.task, from: executor) }
            return post(report, details, on: executor, nil, driver)
        }
        guard report.failure == nil, details.result.isEmpty, details.resultBytes > 0 else {
            return take(report, details, details.result, of: launch, job, driver)
        }
        guard isWithinLimit(job, details.resultBytes, driver) else {
            currentEndpoint?.releaseResult(of: report.task, from: executor)
            return post(report.failing(.cancelled), details, on: executor, nil, driver)
        }
        currentEndpoint?.fetchResult(of: report.task, from: executor) { [weak self] bytes in
            guard let self, let bytes else {
                self?.post(report.failing(.cancelled), details, on: executor, nil, driver)
                return
            }
            take(report, details, bytes, of: launch, job, driver)
        }
    }

    /// Counts the result bytes of a job, and fails the job if they exceed the limit.
    private func isWithinLimit(_ job: Job, _ bytes: Int, _ driver: Driver) -> Bool {
        let total = job.countResult(bytes)
        guard maxResultBytes > 0, total > maxResultBytes else { return true }
        driver.post(.jobFailed(job.id, .resultsTooLarge(limit: maxResultBytes)))
        return false
    }

    /// Decodes what an attempt brings, and posts its report.
    private func take(
        _ report: AttemptReport, _ details: TaskDetails, _ result: [UInt8], of launch: TaskLaunch, _ job: Job, _ driver: Driver
    ) {
        for copies in details.fewerCopies { tell(copies, job, driver) }
        if let error = TravellingError.decoded(details.error) { job.remember(error, of: launch.attempt.id) }
        let executor = launch.attempt.executor
        do {
            // A released accumulator has no readers.
            let updates = try details.updates.compactMap { update in
                try handles.accumulator(update.accumulator)?.update(update.bytes)
            }
            guard launch.output == .result, report.failure == nil, report.mapOutput == nil else {
                return post(report, details, on: executor, EndedTask(details, updates: updates), driver)
            }
            _ = details.result.isEmpty || isWithinLimit(job, details.result.count, driver)
            let value = try job.decodeResult(result)
            let ended = EndedTask(details, updates: updates) { job.deliver(value, launch.attempt) }
            post(report, details, on: executor, ended, driver)
        } catch {
            job.remember(error, of: launch.attempt.id)
            post(report.failing(.error("\(error)")), details, on: executor, nil, driver)
        }
    }

    /// Warns of missing copies, once for each RDD.
    private func tell(_ fewer: FewerCopies, _ job: Job, _ driver: Driver) {
        guard let node = job.node(fewer.id.rdd), toldOfCopies.withLock({ $0.insert(node.id).inserted }) else { return }
        driver.writeWarning(
            "partition \(fewer.id.partition) of \(node.operation) at \(node.callSite) is kept by \(fewer.copies) of the "
                + "\(fewer.wanted) executors that its level asks for: no other one was there, or had room")
    }

    /// - Parameter ended: nil if the attempt brings only its details.
    private func post(
        _ report: AttemptReport, _ details: TaskDetails, on executor: ExecutorID, _ ended: EndedTask?, _ driver: Driver
    ) {
        let ended = ended ?? EndedTask(details)
        driver.post(
            .message(executor, .taskEnded(report)), ended: ended,
            prepare: { [cached] state in
                // Includes partitions that were cached by tasks of ended jobs.
                if state.core.isRegistered(executor) { cached.update(executor, details.stored) }
                for copy in details.copies where state.core.isRegistered(copy.executor) {
                    cached.update(copy.executor, [copy.update])
                }
                return true
            })
        ended.settle()
    }
}

extension AttemptReport {
    /// A report that the same task has failed after all.
    fileprivate func failing(_ failure: TaskFailure) -> AttemptReport {
        var report = self
        report.failure = failure
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

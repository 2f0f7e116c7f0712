import MartletBlocks
import MartletCore
import MartletExecutor
import MartletLineage
import MartletPlan
import MartletScheduler
import MartletStatus
import MartletTasks
import Synchronization

// What `DriverCore` decides, as events. Called under the driver's lock, so that everybody sees them in one order.
extension Driver {
    /// Folds an event into the table, and posts it to the listeners.
    func emit(_ event: StatusEvent, _ state: inout State) {
        status.withLock { $0.apply(event) }
        state.bus.post(event)
    }

    /// An instant of the monotonic clock as time since 1970. The difference is fixed, so that the times of one context never run
    /// backwards.
    private func sinceEpoch(_ instant: Instant) -> Instant { instant + epochOffset }

    func emitAdded(_ executor: ExecutorID, host: String, slots: Int, _ state: inout State, at now: Instant) {
        let summary = ExecutorSummary(id: executor, host: host, slots: slots, addedAt: sinceEpoch(now))
        emit(.executorAdded(summary), &state)
    }

    func emitRemoved(_ executor: ExecutorID, _ reason: String, _ state: inout State, at now: Instant) {
        guard var summary = status.withLock({ $0.executors[executor] }) else { return }
        summary.removedAt = sinceEpoch(now)
        summary.removalReason = reason
        emit(.executorRemoved(summary), &state)
    }

    /// The progress of an executor's tasks.
    func emitProgress(_ tasks: [TaskProgress], on executor: ExecutorID, _ state: inout State) {
        guard state.bus.isInUse, state.core.isRegistered(executor) else { return }
        let summaries = tasks.compactMap { progress -> TaskSummary? in
            guard let entry = state.core.attempt(progress.task, number: progress.number) else { return nil }
            var summary = summary(of: entry.attempt, launchedAt: entry.launchedAt)
            summary.metrics = progress.metrics
            return summary
        }
        emit(.executorMetrics(executor, summaries), &state)
    }

    func emitStarted(_ id: JobID, _ stages: [StageID], _ state: inout State, at now: Instant) {
        guard let job = state.jobs[id] else { return }
        let summary = JobSummary(
            id: id, operation: job.operation, callSite: job.callSite, properties: job.properties, stageIDs: stages,
            startedAt: sinceEpoch(now))
        emit(.jobStarted(summary), &state)
    }

    /// - Returns: the ids of the job's stages, in the order of its plan.
    @discardableResult
    func emitEnded(_ id: JobID, _ failure: JobFailure?, _ state: inout State, at now: Instant) -> [StageID] {
        guard var summary = status.withLock({ $0.runningJobs[id] }) else { return [] }
        summary.endedAt = sinceEpoch(now)
        summary.state = failure.map { .failed($0.description) } ?? .succeeded
        emit(.jobEnded(summary), &state)
        return summary.stageIDs
    }

    func emitSubmitted(_ info: StageInfo, _ state: inout State, at now: Instant) {
        guard let root = state.jobs[info.job]?.program(of: info.planStage).root else { return }
        let summary = StageSummary(
            id: info.id, attempt: info.attempt, jobID: info.job, operation: root.operation, callSite: root.callSite,
            writesShuffle: info.output != .result, taskCount: info.taskCount, submittedAt: sinceEpoch(now))
        emit(.stageSubmitted(summary), &state)
    }

    func emitEnded(_ info: StageInfo, _ failure: StageFailure?, _ state: inout State, at now: Instant) {
        guard var summary = status.withLock({ $0.runningStages[info.id] }) else { return }
        summary.endedAt = sinceEpoch(now)
        summary.state = failure.map { .failed($0.description) } ?? .succeeded
        emit(.stageCompleted(summary), &state)
    }

    func emitLaunched(_ attempt: TaskAttempt, _ state: inout State, at now: Instant) {
        // Making events would take longer than counting.
        if !state.bus.isInUse { return status.withLock { $0.launched(attempt.stage, attempt.stageAttempt) } }
        emit(.taskLaunched(summary(of: attempt, launchedAt: now)), &state)
    }

    /// An attempt was lost with its executor.
    func emitLost(_ entry: AttemptTable.Entry, _ state: inout State, at now: Instant) {
        var summary = summary(of: entry.attempt, launchedAt: entry.launchedAt)
        summary.endedAt = sinceEpoch(now)
        summary.state = .failed("executor \(entry.attempt.executor) is gone")
        emit(.taskEnded(summary), &state)
    }

    func emitEnded(
        _ entry: AttemptTable.Entry, _ progress: ProgressState, _ ended: EndedTask, _ state: inout State, at now: Instant
    ) {
        let attempt = entry.attempt
        if !state.bus.isInUse { return status.withLock { $0.ended(attempt.stage, attempt.stageAttempt, progress) } }
        var summary = summary(of: attempt, launchedAt: entry.launchedAt)
        summary.endedAt = sinceEpoch(now)
        summary.state = progress
        summary.metrics = ended.metrics
        summary.slot = ended.slot
        if ended.slot != nil {
            summary.begunAt = max(summary.launchedAt, sinceEpoch(now) + (.zero - summary.metrics.runTime))
        }
        for block in ended.stored {
            emit(.blockUpdated(block.id, memoryBytes: block.memoryBytes, diskBytes: block.diskBytes), &state)
        }
        emit(.taskEnded(summary), &state)
    }

    private func summary(of attempt: TaskAttempt, launchedAt: Instant) -> TaskSummary {
        TaskSummary(
            id: attempt.id, jobID: attempt.job, stageID: attempt.stage, stageAttempt: attempt.stageAttempt,
            partition: attempt.partition, attempt: attempt.attempt, executorID: attempt.executor,
            launchedAt: sinceEpoch(launchedAt))
    }
}

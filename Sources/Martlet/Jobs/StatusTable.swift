import MartletBlocks
import MartletCore
import MartletExecutor
import MartletScheduler
import MartletThreads

/// The status of running jobs, and of the jobs and stages that ended last.
struct StatusTable: Sendable {
    var runningJobs: [JobID: JobSummary] = [:]
    var endedJobs: RecentlyEnded<JobID, JobSummary>
    var endedStages: RecentlyEnded<StageID, StageSummary>
    var executors: [ExecutorID: ExecutorSummary] = [:]
    /// From the monotonic clock to the time since 1970. Fixed, so that times of one context never run backwards.
    let epochOffset = Instant.sinceEpoch - .now

    init(retainedJobs: Int, retainedStages: Int) {
        endedJobs = RecentlyEnded(limit: retainedJobs)
        endedStages = RecentlyEnded(limit: retainedStages)
    }

    func sinceEpoch(_ instant: Instant) -> Instant { instant + epochOffset }
}

extension Driver.State {
    mutating func add(_ executor: ExecutorID, host: String, slots: Int, at now: Instant) {
        let summary = ExecutorSummary(id: executor, host: host, slots: slots, addedAt: status.sinceEpoch(now))
        status.executors[executor] = summary
        bus.post(.executorAdded(summary))
    }

    /// Posts the progress of an executor's tasks.
    mutating func progress(_ tasks: [TaskProgress], on executor: ExecutorID) {
        guard bus.isInUse, status.executors[executor] != nil else { return }
        let summaries = tasks.compactMap { progress -> TaskSummary? in
            guard let entry = core.scheduler.attempts[progress.task, number: progress.number] else { return nil }
            var summary = TaskSummary(entry.attempt, launchedAt: status.sinceEpoch(entry.launchedAt))
            summary.metrics = progress.metrics
            return summary
        }
        bus.post(.executorMetrics(executor, summaries))
    }

    mutating func remove(_ executor: ExecutorID, _ reason: String, at now: Instant) {
        guard var summary = status.executors.removeValue(forKey: executor) else { return }
        summary.removedAt = status.sinceEpoch(now)
        summary.removalReason = reason
        bus.post(.executorRemoved(summary))
    }
}

/// Remembers the most recently ended jobs or stages.
///
/// - Invariant: L3. Never more than `limit` are remembered; the earliest ended are forgotten first.
package struct RecentlyEnded<ID: Identifier, Summary: Sendable>: Sendable {
    package let limit: Int
    private var summaries: [ID: Summary] = [:]
    /// In the order of their ends; ids before `first` are forgotten.
    private var order: [ID] = []
    private var first = 0

    package init(limit: Int) { self.limit = limit }

    /// Adds an ended entry, or updates it if it is known.
    package mutating func add(_ summary: Summary, as id: ID) {
        guard limit > 0 else { return }
        if summaries.updateValue(summary, forKey: id) == nil { order.append(id) }
        guard summaries.count > limit else { return }
        summaries[order[first]] = nil
        first += 1
        if first > limit {
            order.removeFirst(first)
            first = 0
        }
    }

    package subscript(id: ID) -> Summary? { summaries[id] }

    /// All remembered summaries, in no particular order.
    package var all: some Collection<Summary> { summaries.values }
}

// State changes when jobs, stages and tasks begin and end. Called under the driver's lock.
extension Driver.State {
    mutating func begin(_ id: JobID, _ stages: [StageID], at now: Instant) {
        guard let job = jobs[id] else { return }
        let summary = JobSummary(job, stages, startedAt: status.sinceEpoch(now))
        status.runningJobs[id] = summary
        bus.post(.jobStart(summary))
    }

    /// - Returns: the job, for which nothing is left to do.
    mutating func end(_ id: JobID, _ failure: JobFailure?, at now: Instant) -> Job? {
        if var summary = status.runningJobs.removeValue(forKey: id) {
            summary.endedAt = status.sinceEpoch(now)
            summary.state = failure.map { .failed($0.description) } ?? .succeeded
            status.endedJobs.add(summary, as: id)
            bus.post(.jobEnd(summary))
        }
        return jobs.removeValue(forKey: id)
    }

    mutating func begin(_ info: StageInfo, at now: Instant) {
        guard let job = jobs[info.job] else { return }
        let root = job.program(of: info.planStage).root
        let summary = StageSummary(info, root.operation, root.callSite, submittedAt: status.sinceEpoch(now))
        stages[info.id] = StageProgress(info, summary)
        bus.post(.stageSubmitted(summary))
    }

    mutating func end(_ info: StageInfo, _ failure: StageFailure?, at now: Instant) {
        guard var summary = stages.removeValue(forKey: info.id)?.summary else { return }
        summary.endedAt = status.sinceEpoch(now)
        summary.state = failure.map { .failed($0.description) } ?? .succeeded
        status.endedStages.add(summary, as: info.id)
        bus.post(.stageCompleted(summary))
    }

    /// Tasks of an attempt of a stage may outlive it; the next attempt does not count them.
    private func change(_ attempt: TaskAttempt, _ change: (inout StageSummary) -> Void) {
        guard let stage = stages[attempt.stage], stage.info.attempt == attempt.stageAttempt else { return }
        change(&stage.summary)
    }

    mutating func begin(_ launch: TaskLaunch, at now: Instant) {
        let attempt = launch.attempt
        change(attempt) { $0.activeTaskCount += 1 }
        if bus.isInUse { bus.post(.taskStart(TaskSummary(attempt, launchedAt: status.sinceEpoch(now)))) }
    }

    /// An attempt was lost with its executor.
    mutating func lose(_ entry: AttemptTable.Entry, at now: Instant) {
        change(entry.attempt) { $0.activeTaskCount -= 1 }
        guard bus.isInUse else { return }
        var summary = TaskSummary(entry.attempt, launchedAt: status.sinceEpoch(entry.launchedAt))
        summary.endedAt = status.sinceEpoch(now)
        summary.state = .failed("executor \(entry.attempt.executor) is gone")
        bus.post(.taskEnd(summary))
    }

    mutating func end(_ entry: AttemptTable.Entry, _ state: ProgressState, _ ended: EndedTask, at now: Instant) {
        change(entry.attempt) { $0.activeTaskCount -= 1 }
        if case .failed = state { change(entry.attempt) { $0.failedTaskCount += 1 } }
        guard bus.isInUse else { return }
        var summary = TaskSummary(entry.attempt, launchedAt: status.sinceEpoch(entry.launchedAt))
        summary.endedAt = status.sinceEpoch(now)
        summary.state = state
        summary.metrics = ended.metrics
        for block in ended.stored { bus.post(.blockUpdated(block)) }
        bus.post(.taskEnd(summary))
    }
}

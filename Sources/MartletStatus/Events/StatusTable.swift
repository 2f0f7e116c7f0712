package import MartletCore

/// The status of running jobs, stages and executors, and of the jobs and stages that ended last: a fold of the events.
///
/// - Invariant: L5. The table is what its events make it: folding them again gives the same table.
package struct StatusTable: Sendable {
    package private(set) var runningJobs: [JobID: JobSummary] = [:]
    package private(set) var endedJobs: RecentlyEnded<JobID, JobSummary>
    package private(set) var runningStages: [StageID: StageSummary] = [:]
    package private(set) var endedStages: RecentlyEnded<StageID, StageSummary>
    package private(set) var executors: [ExecutorID: ExecutorSummary] = [:]

    package init(retainedJobs: Int, retainedStages: Int) {
        endedJobs = RecentlyEnded(limit: retainedJobs)
        endedStages = RecentlyEnded(limit: retainedStages)
    }

    package mutating func apply(_ event: StatusEvent) {
        switch event {
        case .executorAdded(let executor): executors[executor.id] = executor
        case .executorRemoved(let executor): executors[executor.id] = nil
        case .jobStarted(let job): runningJobs[job.id] = job
        case .jobEnded(let job):
            runningJobs[job.id] = nil
            endedJobs.add(job, as: job.id)
        case .stageSubmitted(let stage): runningStages[stage.id] = stage
        case .stageCompleted(let stage):
            runningStages[stage.id] = nil
            endedStages.add(stage, as: stage.id)
        case .taskLaunched(let task): launched(task.stageID, task.stageAttempt)
        case .taskEnded(let task): ended(task.stageID, task.stageAttempt, task.state)
        case .applicationStarted, .applicationEnded, .executorMetrics, .blockUpdated, .rddUnpersisted: break
        }
    }

    /// Counts as the event `taskLaunched` does, for a caller that needs no event.
    package mutating func launched(_ stage: StageID, _ attempt: Int) {
        change(stage, attempt) { $0.activeTaskCount += 1 }
    }

    /// Counts as the event `taskEnded` does, for a caller that needs no event.
    package mutating func ended(_ stage: StageID, _ attempt: Int, _ state: ProgressState) {
        change(stage, attempt) { stage in
            stage.activeTaskCount -= 1
            switch state {
            case .succeeded: stage.completedTaskCount += 1
            case .failed: stage.failedTaskCount += 1
            case .running, .killed: break
            }
        }
    }

    /// Attempts of tasks may outlive the attempt of their stage; the next one does not count them.
    private mutating func change(_ stage: StageID, _ attempt: Int, _ change: (inout StageSummary) -> Void) {
        guard let place = runningStages.index(forKey: stage), runningStages.values[place].attempt == attempt else { return }
        change(&runningStages.values[place])
    }

    /// A running job, or one that ended lately.
    package func job(_ id: JobID) -> JobSummary? { runningJobs[id] ?? endedJobs[id] }

    /// A running stage, or one that ended lately.
    package func stage(_ id: StageID) -> StageSummary? { runningStages[id] ?? endedStages[id] }
}

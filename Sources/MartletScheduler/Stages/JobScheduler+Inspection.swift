package import MartletCore

// The tables of the two state machines, as the driver sees them.
extension JobScheduler {
    /// The failures of one task that fail its jobs.
    package var maxTaskFailures: Int { tasks.maxTaskFailures }

    /// The attempts of one stage, since it last completed, that may miss the same map output; the last one fails its jobs.
    package var maxStageAttempts: Int { stages.maxStageAttempts }

    /// How long a free slot waits when every pending task prefers another executor. Counted once per stage attempt.
    package var localityWait: Duration { tasks.placement.localityWait }

    /// Reports without effect: of attempts reported before, and successes that arrived after their stage had ended. Requests to
    /// cancel a job or a stage that had ended count as well.
    package var ignoredReportCount: Int { stages.ignoredReportCount + tasks.ignoredReportCount }

    /// Whether no job runs and no attempt is left to be reported.
    /// - Invariant: S10
    package var isIdle: Bool { stages.isIdle && tasks.isIdle }

    /// Number of slots of all executors.
    package var slotCount: Int { executors.slotCount }

    /// Number of attempts that were launched and not reported yet.
    package var runningCount: Int { attempts.count }

    /// When a `tick` would permit a launch that waits for a better executor; nil when none waits.
    package var nextTick: Instant? { tasks.waitsUntil }

    /// The registered executors, in the order of their ids.
    package var executorIDs: [ExecutorID] { executors.ids }

    /// Whether the whole output of a shuffle exists.
    package func hasOutput(_ shuffle: ShuffleID) -> Bool { mapOutputs.isComplete(shuffle) }

    /// Number of shuffles of which at least one map output exists.
    package var shuffleCount: Int { mapOutputs.count }

    /// Whether there is something to launch and every slot is taken.
    package var isSaturated: Bool { !tasks.ready.isEmpty && executors.areFull }

    /// Whether launches wait for executors that have not registered yet.
    package var isHeld: Bool { tasks.isHeld }

    /// Whether a job has been submitted and has not ended.
    package func isRunning(_ job: JobID) -> Bool { jobs[job] != nil }

    /// The executors that have a cached partition, in the order of their ids.
    package func executors(keeping block: BlockID) -> [ExecutorID] { tasks.blocks.executors(of: block) }

    /// Whether no executor is known to have a cached partition.
    package var knowsNoBlocks: Bool { tasks.blocks.isEmpty }

    /// The attempts that were launched and not reported yet. The driver notes there which ones it has told to stop.
    package internal(set) var attempts: AttemptTable {
        _read { yield tasks.attempts }
        _modify { yield &tasks.attempts }
    }

    /// The registered executors and their room.
    var executors: ExecutorTable { _read { yield tasks.executors } }

    /// The id that the next attempt gets.
    var nextTask: TaskID { tasks.nextTask }

    /// When the last event was.
    var lastEventAt: Instant { tasks.lastEventAt }

    /// The running jobs and their plans.
    var jobs: [JobID: JobState] { _read { yield stages.jobs } }

    /// The stage that writes each shuffle which some job needs.
    var stageOfShuffle: [ShuffleID: StageID] { _read { yield stages.stageOfShuffle } }

    /// The map outputs and their holders.
    var mapOutputs: MapOutputTable { _read { yield stages.mapOutputs } }
}

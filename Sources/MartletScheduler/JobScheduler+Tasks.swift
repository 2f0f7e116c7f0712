import MartletCore
import MartletPlan

// Launches and reports of task attempts.
extension JobScheduler {
    /// Fills the free slots.
    /// - Invariant: S1, S6
    mutating func launchReady() {
        var launches: [TaskLaunch] = []
        while !slots.isFull, let rank = ready.last {
            guard
                let launch = stages[rank.stage]?.takeNext(
                    mapOutputs: mapOutputs, task: nextTask, slot: slots.next)
            else {
                ready.removeLast()
                continue
            }
            slots.occupy(launch.attempt)
            nextTask = TaskID(nextTask.rawValue + 1)
            launches.append(launch)
        }
        if !launches.isEmpty { actions.append(.launch(launches)) }
    }

    /// An attempt ended well.
    mutating func succeed(_ report: TaskAttempt, at now: Instant) {
        guard let occupant = slots.release(report), !occupant.isCancelled else {
            ignoredReportCount += 1
            return
        }
        let attempt = occupant.attempt
        actions.append(.taskAccepted(attempt))
        switch stages[attempt.stage]?.succeed(attempt.index) {
        case .result(isLast: false):
            break
        case .result(isLast: true):
            complete(attempt.stage, at: now)
            end(attempt.job, .jobSucceeded(attempt.job))
        case .mapOutput(let shuffle, let mapCount):
            if mapOutputs.insert(attempt.index, of: shuffle, mapCount: mapCount, before: nextTask) {
                complete(attempt.stage, at: now)
            }
        case nil:
            preconditionFailure("stage \(attempt.stage) is gone while its attempt \(attempt.id) runs")
        }
    }

    /// An attempt ended otherwise.
    mutating func fail(_ report: TaskAttempt, _ failure: TaskFailure, at now: Instant) {
        guard let occupant = slots.release(report) else {
            ignoredReportCount += 1
            return
        }
        if occupant.isCancelled { return }
        let attempt = occupant.attempt
        stages[attempt.stage]?.land(attempt.index)
        stages[attempt.stage]?.retry(attempt.index, ofAttempt: attempt.stageAttempt)
        switch failure {
        case .cancelled:
            makeReady(attempt.stage)
        case .lostBlock(let message):
            let losses = stages[attempt.stage]?.countLoss(attempt.index) ?? 0
            if losses >= Self.maxLostBlocks {
                abort(attempt.stage, .taskFailed(attempt, failures: losses, message: message))
            } else {
                makeReady(attempt.stage)
            }
        case .error(let message):
            let failures = stages[attempt.stage]?.countFailure(attempt.index) ?? 0
            if failures >= maxTaskFailures {
                abort(attempt.stage, .taskFailed(attempt, failures: failures, message: message))
            } else {
                makeReady(attempt.stage)
            }
        case .missingShuffleOutput(let shuffle, let maps):
            if mapOutputs.isStale(attempt.id, about: shuffle) {
                makeReady(attempt.stage)
            } else {
                lose(maps, of: shuffle)
                missInput(attempt.stage, shuffle, at: now)
            }
        }
    }

    /// Forgets map outputs. A map stage that runs makes them again; otherwise the next that needs them
    /// has it submitted.
    private mutating func lose(_ maps: [Int], of shuffle: ShuffleID) {
        let writer = stageOfShuffle[shuffle]
        for map in maps where mapOutputs.remove(map, of: shuffle) {
            if let writer { stages[writer]?.retryLost(map) }
        }
        if let writer { makeReady(writer) }
    }

    /// Ends the attempt of a stage that can not read a shuffle. Where several of its tasks complain, the
    /// first one does.
    private mutating func missInput(_ id: StageID, _ shuffle: ShuffleID, at now: Instant) {
        guard let stage = stages[id], stage.phase == .running else { return }
        precondition(stage.plan.parents.contains(shuffle), "stage \(id) does not read shuffle \(shuffle)")
        unready(stage.rank)
        actions.append(.stageFailed(stage.info, .missingShuffleOutput(shuffle)))
        let failedAttempts = stages[id]?.failAttempt() ?? 0
        if failedAttempts >= maxStageAttempts {
            abort(id, .stageAborted(id, attempts: failedAttempts, missing: shuffle))
        } else {
            resubmit(id, at: now)
        }
    }
}

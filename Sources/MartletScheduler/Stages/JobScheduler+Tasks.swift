import MartletCore
import MartletPlan

// Launches and reports of task attempts.
extension JobScheduler {
    /// Offers executors that have room, or better chances than before, to the stages: first free slots, then queue places.
    /// - Invariant: S1, S6
    mutating func launchReady(at now: Instant) {
        if isHeld { return }
        if ready.isEmpty {
            waitsUntil = nil
            executors.withdrawOffers()
            return
        }
        if let end = waitsUntil, end <= now {
            waitsUntil = nil
            executors.offerAll()
        }
        let offers = executors.takeOffers()
        var launches: [TaskLaunch] = []
        for isAhead in [false, true] {
            // An executor that got an attempt stands in line for the next one.
            var line = offers
            var next = 0
            while next < line.count, !ready.isEmpty {
                let executor = line[next]
                next += 1
                guard let launch = take(for: executor, isAhead: isAhead, at: now) else { continue }
                attempts.insert(launch, at: now)
                executors.occupy(executor)
                nextTask = TaskID(nextTask.rawValue + 1)
                launches.append(launch)
                line.append(executor)
            }
        }
        if !launches.isEmpty { actions.append(.launch(launches)) }
    }

    /// Takes the next task for an executor, from the first stage that has one for it.
    private mutating func take(for executor: ExecutorID, isAhead: Bool, at now: Instant) -> TaskLaunch? {
        guard let entry = executors[executor], isAhead == (entry.occupied >= entry.slots) else { return nil }
        if isAhead, entry.occupied >= entry.slots + entry.queue { return nil }
        for place in ready.indices.reversed() {
            let id = ready[place].stage
            if isAhead, !allowsAhead(id, waiting: entry.occupied - entry.slots) { return nil }
            let ignoresPreferences = executors.count == 1 || (!isAhead && hasWaited(id, at: now))
            let launch = stages[id]?.takeNext(
                for: executor, ignoresPreferences: ignoresPreferences, mapOutputs: mapOutputs, task: nextTask,
                number: attempts.nextNumber)
            if let launch { return launch }
            if stages[id]?.pending.queued.count == 0 {
                ready.remove(at: place)
            } else if !isAhead {
                wait(id, since: now)
            }
        }
        return nil
    }

    /// Whether a stage has so many tasks to launch that they will not all have been sent ahead when the last slots get free.
    private func allowsAhead(_ id: StageID, waiting: Int) -> Bool {
        guard let count = stages[id]?.pendingCount(mapOutputs) else { return false }
        return waiting < count / (4 * executors.count)
    }

    private func hasWaited(_ id: StageID, at now: Instant) -> Bool {
        stages[id]?.waitingSince.map { now >= $0 + localityWait } ?? (localityWait <= .zero)
    }

    /// A slot is left free, since every pending task of a stage prefers another executor.
    private mutating func wait(_ id: StageID, since now: Instant) {
        let start = stages[id]?.waitingSince ?? now
        stages[id]?.waitingSince = start
        let end = start + localityWait
        waitsUntil = min(waitsUntil ?? end, end)
    }

    /// An attempt ended well.
    mutating func succeed(_ report: TaskAttempt, at now: Instant) {
        guard let entry = release(report), !entry.isOrphaned else {
            ignoredReportCount += 1
            return
        }
        let attempt = entry.attempt
        actions.append(.taskAccepted(attempt))
        switch stages[attempt.stage]?.succeed(attempt.index) {
        case .result(isLast: false):
            break
        case .result(isLast: true):
            complete(attempt.stage, at: now)
            end(attempt.job, .jobSucceeded(attempt.job))
        case .mapOutput(let shuffle, let mapCount):
            let isComplete = mapOutputs.insert(
                attempt.index, of: shuffle, on: attempt.executor, mapCount: mapCount, before: nextTask)
            if isComplete { complete(attempt.stage, at: now) }
        case nil:
            preconditionFailure("stage \(attempt.stage) is gone while its attempt \(attempt.id) runs")
        }
    }

    /// An attempt ended without success.
    mutating func fail(_ report: TaskAttempt, _ failure: TaskFailure, at now: Instant) {
        guard let entry = release(report) else {
            ignoredReportCount += 1
            return
        }
        if entry.isOrphaned { return }
        let attempt = entry.attempt
        stages[attempt.stage]?.taskEnded(attempt.index)
        retry(attempt, failure)
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
        case .missingShuffleOutput(let shuffle, let maps, let cause):
            if mapOutputs.isStale(attempt.id, about: shuffle) {
                makeReady(attempt.stage)
            } else {
                lose(maps, of: shuffle)
                missInput(attempt.stage, maps, of: shuffle, cause, at: now)
            }
        }
    }

    /// Forgets map outputs. A running map stage recomputes them; otherwise the next stage that needs them has it submitted.
    private mutating func lose(_ maps: [Int], of shuffle: ShuffleID) {
        makeAgain(maps.filter { mapOutputs.remove($0, of: shuffle) }, of: shuffle)
    }

    /// Makes a running map stage recompute lost outputs.
    mutating func makeAgain(_ maps: [Int], of shuffle: ShuffleID) {
        guard let writer = stageOfShuffle[shuffle] else { return }
        for map in maps {
            let preference = preference(of: map, in: writer)
            stages[writer]?.retryLost(map, preference)
        }
        makeReady(writer)
    }

    /// Retries a task that just left flight: on the executor where it failed only if no other has a free slot.
    private mutating func retry(_ attempt: TaskAttempt, _ failure: TaskFailure) {
        var preference = preference(of: attempt.index, in: attempt.stage)
        if case .error = failure, executors.count > 1 { preference = .notOn(attempt.executor) }
        stages[attempt.stage]?.retry(attempt.index, ofAttempt: attempt.stageAttempt, preference)
    }

    /// Releases the slot of an attempt; nil when the attempt does not run.
    private mutating func release(_ report: TaskAttempt) -> AttemptTable.Entry? {
        guard let entry = attempts.remove(report) else { return nil }
        executors.release(entry.attempt.executor)
        return entry
    }

    /// Ends the attempt of a stage that cannot read a shuffle. If several of its tasks report this, the first report ends it.
    private mutating func missInput(
        _ id: StageID, _ maps: [Int], of shuffle: ShuffleID, _ cause: MapOutputLoss?, at now: Instant
    ) {
        guard let stage = stages[id], stage.phase == .running else { return }
        precondition(stage.plan.parents.contains(shuffle), "stage \(id) does not read shuffle \(shuffle)")
        removeReady(stage.rank)
        actions.append(.stageFailed(stage.info, .missingShuffleOutput(shuffle, cause: cause)))
        let misses = stages[id]?.failAttempt(missing: maps, of: shuffle) ?? 0
        if misses >= maxStageAttempts {
            abort(id, .stageAborted(id, attempts: misses, missing: shuffle, cause: cause))
        } else {
            resubmit(id, at: now)
        }
    }
}

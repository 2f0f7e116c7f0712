import MartletCore
import MartletPlan

// Products of tasks that are accepted, found missing, or lost with their executor.
extension StageScheduler {
    /// Accepts the product of a task: a result, or a map output. The task scheduler reports no task of a stage that is gone.
    /// - Invariant: S2
    mutating func accept(_ attempt: TaskAttempt, before nextTask: TaskID, at now: Instant) {
        actions.append(.driver(.taskAccepted(attempt)))
        guard let place = stages.index(forKey: attempt.stage) else { return }
        switch stages.values[place].product(of: attempt.index) {
        case .result(isLast: false):
            break
        case .result(isLast: true):
            complete(attempt.stage, at: now)
            end(attempt.job, .jobSucceeded(attempt.job))
        case .mapOutput(let shuffle, let mapCount):
            let isComplete = mapOutputs.insert(
                attempt.index, of: shuffle, on: attempt.executor, mapCount: mapCount, before: nextTask)
            if isComplete { complete(attempt.stage, at: now) }
        }
    }

    /// Forgets the outputs that a task could not read, and ends the attempt of its stage. If several tasks of the attempt report
    /// this, the first report ends it; a report that is older than the present outputs says nothing about them.
    mutating func miss(_ missing: MissingMapOutput, by attempt: TaskAttempt, at now: Instant) {
        if mapOutputs.isStale(attempt.id, about: missing.shuffle) { return }
        lose(missing.maps, of: missing.shuffle)
        let id = attempt.stage
        guard let stage = stages[id], stage.phase == .running else { return }
        precondition(stage.plan.parents.contains(missing.shuffle), "stage \(id) does not read shuffle \(missing.shuffle)")
        actions.append(.tasks(.suspended(id)))
        actions.append(.driver(.stageFailed(stage.info, .missingShuffleOutput(missing.shuffle, cause: missing.cause))))
        let misses = stages[id]?.failAttempt(missing: missing.maps, of: missing.shuffle) ?? 0
        if misses >= maxStageAttempts {
            abort(id, .stageAborted(id, attempts: misses, missing: missing.shuffle, cause: missing.cause))
        } else {
            resubmit(id, at: now)
        }
    }

    /// Forgets map outputs. A running map stage recomputes them; otherwise the next stage that needs them has it submitted.
    private mutating func lose(_ maps: [Int], of shuffle: ShuffleID) {
        let lost = maps.filter { mapOutputs.remove($0, of: shuffle) }
        if let writer = stageOfShuffle[shuffle], !lost.isEmpty { actions.append(.tasks(.outputsLost(writer, lost))) }
    }

    /// Forgets the map outputs of a lost executor. The task scheduler forgets the rest, and answers with `outputsLost`.
    mutating func lose(_ executor: ExecutorID, _ reason: String, isFault: Bool) {
        let outputs = mapOutputs.removeAll(on: executor).map { shuffle, maps in
            ExecutorLoss.Outputs(shuffle: shuffle, maps: maps, writer: stageOfShuffle[shuffle])
        }
        let loss = ExecutorLoss(executor: executor, reason: reason, isFault: isFault, outputs: outputs)
        actions.append(.tasks(.executorLost(loss)))
    }

    /// Ends the attempts of stages whose pending tasks would not find their input, and has the input recomputed first.
    /// A stage with all its tasks in flight is left alone: they may have read their input.
    /// - Parameter pending: the stages that have tasks to launch, in order
    mutating func restartReaders(of loss: ExecutorLoss, among pending: [StageID], at now: Instant) {
        let causes = Dictionary(
            uniqueKeysWithValues: loss.outputs.map { lost in
                let cause = MapOutputLoss(
                    map: lost.maps[0], .executor, executor: loss.executor, path: nil, reason: loss.reason)
                return (lost.shuffle, cause)
            })
        var interrupted: [StageID] = []
        for id in pending {
            guard let stage = stages[id], stage.phase == .running,
                let missing = stage.neededParents.first(where: { causes[$0] != nil })
            else { continue }
            actions.append(.tasks(.suspended(id)))
            actions.append(.driver(.stageFailed(stage.info, .missingShuffleOutput(missing, cause: causes[missing]))))
            stages[id]?.interrupt()
            interrupted.append(id)
        }
        for id in interrupted where stages[id]?.phase == .inactive { resubmit(id, at: now) }
    }
}

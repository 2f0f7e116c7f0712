import MartletCore
import MartletPlan

// Reports of task attempts.
extension TaskScheduler {
    /// An attempt ended well.
    mutating func succeed(_ report: TaskAttempt) {
        guard let entry = release(report), !entry.isOrphaned else {
            ignoredReportCount += 1
            return
        }
        let attempt = entry.attempt
        actions.append(.stages(.taskSucceeded(attempt, before: nextTask)))
        guard let place = taskSets.index(forKey: attempt.stage) else { return }
        let (siblings, isLast) = taskSets.values[place].succeed(attempt.index)
        if isLast {
            removeReady(attempt.stage)
            taskSets[attempt.stage] = nil
        }
        if siblings > 0 {
            let cancelled = attempts.orphan { $0.stage == attempt.stage && $0.index == attempt.index }
            actions.append(.driver(.cancel(cancelled)))
        }
    }

    /// An attempt ended without success.
    mutating func fail(_ report: TaskAttempt, _ failure: TaskFailure) {
        guard let entry = release(report) else {
            ignoredReportCount += 1
            return
        }
        if entry.isOrphaned { return }
        let attempt = entry.attempt
        retry(attempt, failure)
        switch failure {
        case .cancelled:
            break
        case .lostBlock(let message):
            let losses = taskSets[attempt.stage]?.countLoss(attempt.index) ?? 0
            if losses >= JobScheduler.maxLostBlocks { giveUp(attempt, failures: losses, message) }
        case .error(let message):
            let failures = taskSets[attempt.stage]?.countFailure(attempt.index) ?? 0
            if failures >= maxTaskFailures { giveUp(attempt, failures: failures, message) }
        case .missingShuffleOutput(let missing):
            actions.append(.stages(.inputMissed(attempt, missing)))
        }
    }

    /// A task has failed as often as it may, the last time in this attempt.
    mutating func giveUp(_ attempt: TaskAttempt, failures: Int, _ message: String) {
        let failure = JobFailure.taskFailed(attempt, failures: failures, message: message)
        actions.append(.stages(.taskSetFailed(attempt.stage, failure)))
    }

    /// Makes a task pending whose attempt has ended: after a failure it goes to another executor, if there is one.
    private mutating func retry(_ attempt: TaskAttempt, _ failure: TaskFailure) {
        var preference = preference(of: attempt.index, in: attempt.stage)
        if case .error = failure,
            let elsewhere = placement.preference(afterFailureOn: attempt.executor, executorCount: executors.count)
        {
            preference = elsewhere
        }
        taskSets[attempt.stage]?.retry(attempt, preference)
        makeReady(attempt.stage)
    }

    /// Releases the room of an attempt; nil when the attempt does not run.
    private mutating func release(_ report: TaskAttempt) -> AttemptTable.Entry? {
        guard let entry = attempts.remove(report) else { return nil }
        executors.release(entry.attempt.executor)
        return entry
    }
}

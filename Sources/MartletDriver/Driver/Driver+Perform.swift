import MartletCore
import MartletExecutor
import MartletLineage
import MartletScheduler
import MartletStatus
import Synchronization

// Performs the actions of `DriverCore`, under the driver's lock.
extension Driver {
    /// - Parameter ended: what the reported attempt brings.
    func perform(
        _ action: DriverCore.Action, _ state: inout State, _ leftovers: inout Leftovers, _ ended: EndedTask?,
        at now: Instant
    ) {
        switch action {
        case .decided(let decision): publish(decision, &state, &leftovers, ended, at: now)
        case .tell(let notice): leftovers.warnings.append(state.text(of: notice) { stage in status.withLock { $0.stage(stage) } })
        case .send, .forgotten, .start, .accept, .refuse, .kill, .stopping, .stopped: break
        }
        if let work = backend.perform(action, self, state.jobs) { leftovers.work.append(work) }
    }

    /// Launches and cancellations are performed by the messages that follow.
    private func publish(
        _ decision: JobScheduler.Action, _ state: inout State, _ leftovers: inout Leftovers, _ ended: EndedTask?,
        at now: Instant
    ) {
        switch decision {
        case .launch(let launches):
            for launch in launches { emitLaunched(launch.attempt, &state, at: now) }
        case .taskAccepted:
            ended?.accept()
        case .stageSubmitted(let info):
            emitSubmitted(info, &state, at: now)
        case .stageCompleted(let info):
            emitEnded(info, nil, &state, at: now)
        case .stageFailed(let info, let failure):
            emitEnded(info, failure, &state, at: now)
            // The loss of an executor is reported by `executorLost`.
            if case .missingShuffleOutput(_, let cause?) = failure, cause.fault != .executor,
                let root = state.jobs[info.job]?.program(of: info.planStage).root
            {
                leftovers.warnings.append("\(root.operation) at \(root.callSite) (stage \(info.id)) has to wait: \(failure)")
            }
        case .stageSkipped, .cancel:
            break
        case .executorAdded(let executor, let host, let slots):
            emitAdded(executor, host: host, slots: slots, &state, at: now)
        case .executorLost(let executor, let reason, let attempts):
            for entry in attempts { emitLost(entry, &state, at: now) }
            emitRemoved(executor, reason, &state, at: now)
            if !state.isStopped { leftovers.warnings.append("executor \(executor) is gone: \(reason)") }
        case .jobStarted(let id, let stages):
            emitStarted(id, stages, &state, at: now)
        case .jobSucceeded(let id):
            emitEnded(id, nil, &state, at: now)
            if let job = state.jobs.removeValue(forKey: id) { leftovers.endedJobs.append((job, nil)) }
        case .jobFailed(let id, let failure):
            let stages = emitEnded(id, failure, &state, at: now)
            if let job = state.jobs.removeValue(forKey: id) {
                leftovers.endedJobs.append((job, job.error(for: failure, stages)))
            }
        }
    }
}

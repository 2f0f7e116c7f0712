import MartletCore
import MartletExecutor
import MartletScheduler

// Performs the scheduler's decisions, under the driver's lock.
extension Driver {
    func perform(
        _ answer: Machine.Answer, _ state: inout State, _ leftovers: inout Leftovers, _ report: EndedTask?,
        at now: Instant
    ) {
        for action in answer.decisions { perform(action, &state, &leftovers, report, at: now) }
        for action in answer.actions {
            switch action {
            case .decided(let decision): perform(decision, &state, &leftovers, report, at: now)
            case .tell(let notice):
                if let executors = backend as? ClusterBackend {
                    leftovers.warnings.append(executors.text(of: notice, state))
                }
            case .send, .ended, .dismiss: backend.perform(action, &state)
            }
        }
    }

    private func perform(
        _ decision: JobScheduler.Action, _ state: inout State, _ leftovers: inout Leftovers, _ report: EndedTask?,
        at now: Instant
    ) {
        switch decision {
        case .launch(let launches):
            for launch in launches { state.begin(launch, at: now) }
            backend.start(launches, self, &state)
        case .cancel(let attempts):
            backend.cancel(attempts, self, &state)
        case .taskAccepted(let attempt):
            state.stages[attempt.stage]?.summary.completedTaskCount += 1
            report?.outcome.accept()
        case .stageSubmitted(let info):
            state.begin(info, at: now)
        case .stageCompleted(let info):
            state.end(info, nil, at: now)
        case .stageFailed(let info, let failure):
            state.end(info, failure, at: now)
            // The loss of an executor is reported by `executorLost`.
            if case .missingShuffleOutput(_, let cause?) = failure, cause.fault != .executor,
                let root = state.jobs[info.job]?.program(of: info.planStage).root
            {
                leftovers.warnings.append("\(root.operation) at \(root.callSite) (stage \(info.id)) has to wait: \(failure)")
            }
        case .stageSkipped:
            break
        case .executorAdded(let executor, let host, let slots):
            state.add(executor, host: host, slots: slots, at: now)
        case .executorLost(let executor, let reason, let attempts):
            backend.forget(executor)
            for attempt in attempts { state.lose(attempt, at: now) }
            state.remove(executor, reason, at: now)
            if !state.isStopped { leftovers.warnings.append("executor \(executor) is gone: \(reason)") }
        case .jobStarted(let id, let stages):
            state.begin(id, stages, at: now)
        case .jobSucceeded(let id):
            if let job = state.end(id, nil, at: now) { leftovers.endedJobs.append((job, nil)) }
        case .jobFailed(let id, let failure):
            let stages = state.status.runningJobs[id]?.stageIDs ?? []
            if let job = state.end(id, failure, at: now) {
                leftovers.endedJobs.append((job, job.error(for: failure, stages)))
            }
        }
    }
}

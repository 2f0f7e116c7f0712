import MartletCore
import MartletScheduler
import MartletStatus
import MartletTasks

// What users are told of work that is stalled.
extension Driver.State {
    /// - Parameter stage: finds the summary of a stage.
    func text(of notice: DriverCore.Notice, stage: (StageID) -> StageSummary?) -> String {
        switch notice {
        case .noExecutor(let job, let cause):
            return "\(name(of: job)) waits, since none of \(core.wantedExecutorCount) executors is there"
                + (cause.map { ": \($0)" } ?? "")
        case .tooFewSlots(let job, let slots, let wanted):
            return "\(name(of: job)) waits for slots of executors: \(slots) are there, and \(wanted) are to be "
                + "(martlet.scheduler.minRegisteredResourcesRatio)"
        case .startsWithFewerSlots(let slots, let wanted):
            return "\(slots) slots of executors are there, and not \(wanted); they are waited for no longer "
                + "(martlet.scheduler.maxRegisteredResourcesWaitingTime)"
        case .notReturned(let attempt, let patience):
            let text = notReturned(attempt, stage(attempt.stage), patience)
            if core.isLocal { return text }
            return text + "; its executor \(attempt.executor) is replaced if a job waits for a slot"
        case .cannotStart(let reason):
            return "\(reason); starts are tried again, with pauses of up to 30 s"
        case .startsAgain:
            return "executors can be started again"
        }
    }

    private func name(of job: JobID) -> String {
        jobs[job].map { "\($0.operation) at \($0.callSite)" } ?? "job \(job)"
    }

    private func notReturned(_ attempt: TaskAttempt, _ stage: StageSummary?, _ patience: Duration) -> String {
        let name = stage.map { "\($0.operation) at \($0.callSite)" } ?? "stage \(attempt.stage)"
        return "a function of \(name), partition \(attempt.partition), was cancelled \(patience.components.seconds) s ago and has "
            + "not returned: it keeps its slot; long loops should look at TaskContext.current?.isInterrupted"
    }
}

package import Logging
package import MartletCore
package import MartletStatus

/// Writes a line for each event that an operator cares about, by swift-log: as the program has set that up, or to standard error.
package final class LogListener: MartletListener {
    private let log: Logger

    package init(_ log: Logger) { self.log = log }

    /// - Returns: nil if nothing is to be logged.
    package convenience init?(level: LogLevel) {
        guard let level = level.ofLogger else { return nil }
        var log = Logger(label: "martlet")
        log.logLevel = level
        self.init(log)
    }

    package func onApplicationStart(_ application: ApplicationSummary) {
        log.info("\(application.name) begins on \(application.master)", metadata: ["application": "\(application.id)"])
    }

    package func onApplicationEnd(_ application: ApplicationSummary) {
        log.info("\(application.name) has ended", metadata: ["application": "\(application.id)"])
    }

    package func onExecutorAdded(_ executor: ExecutorSummary) {
        log.info("executor added, with \(executor.slots) slots on \(executor.host)", metadata: ["executor": "\(executor.id)"])
    }

    package func onExecutorRemoved(_ executor: ExecutorSummary) {
        // The end of the application is no mishap.
        let level = executor.removalReason == Driver.contextStopped ? Logger.Level.info : .warning
        log.log(level: level, "executor removed: \(line(executor.removalReason ?? ""))", metadata: ["executor": "\(executor.id)"])
    }

    package func onJobStart(_ job: JobSummary) {
        log.debug("\(job.operation) at \(job.callSite) begins", metadata: ["job": "\(job.id)"])
    }

    package func onJobEnd(_ job: JobSummary) {
        let end = "\(job.operation) at \(job.callSite)"
        if case .failed(let reason) = job.state {
            log.error("\(end) has failed: \(line(reason))", metadata: ["job": "\(job.id)"])
        } else {
            log.info("\(end) has ended", metadata: ["job": "\(job.id)"])
        }
    }

    package func onStageSubmitted(_ stage: StageSummary) {
        log.debug("\(stage.taskCount) tasks of \(stage.operation) at \(stage.callSite)", metadata: metadata(of: stage))
    }

    package func onStageCompleted(_ stage: StageSummary) {
        if case .failed(let reason) = stage.state {
            log.warning("\(stage.operation) at \(stage.callSite) is interrupted: \(line(reason))", metadata: metadata(of: stage))
        } else {
            log.debug("\(stage.operation) at \(stage.callSite) is complete", metadata: metadata(of: stage))
        }
    }

    package func onTaskEnd(_ task: TaskSummary) {
        guard case .failed(let reason) = task.state else { return }
        log.warning(
            "a task has failed: \(line(reason))",
            metadata: [
                "job": "\(task.jobID)", "stage": "\(task.stageID).\(task.stageAttempt)", "partition": "\(task.partition)",
                "attempt": "\(task.attempt)", "executor": "\(task.executorID)",
            ])
    }

    /// A text of a user's error may have several lines.
    private func line(_ text: String) -> String { text.split(whereSeparator: \.isNewline).joined(separator: " ") }

    private func metadata(of stage: StageSummary) -> Logger.Metadata {
        ["job": "\(stage.jobID)", "stage": "\(stage.id).\(stage.attempt)"]
    }
}

extension LogLevel {
    fileprivate var ofLogger: Logger.Level? {
        switch self {
        case .off: nil
        case .error: .error
        case .warning: .warning
        case .info: .info
        case .debug: .debug
        }
    }
}

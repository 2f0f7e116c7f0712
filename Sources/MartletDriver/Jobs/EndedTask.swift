import MartletCore
import MartletExecutor
import MartletScheduler
import MartletShuffle
import MartletStatus
import MartletTasks

/// What an attempt that has ended brings besides its report.
struct EndedTask: Sendable {
    private let updates: [any AccumulatorUpdate]
    /// Takes over its result or map output.
    private let takeOver: (@Sendable () -> Void)?
    private let source: Source

    private enum Source: Sendable {
        /// The task ran in this process. Metrics are read only on demand, since reading them takes longer than starting a task.
        case here(TaskContext?)
        case executor(TaskDetails)
    }

    /// An attempt that ran in this process.
    init(_ ended: EndedAttempt, of job: Job) {
        source = .here(ended.context)
        if let error = ended.error { job.remember(error, of: ended.attempt.id) }
        guard let output = ended.output, let context = ended.context else {
            (updates, takeOver) = ([], nil)
            return
        }
        updates = context.takeUpdates()
        takeOver = {
            switch output {
            case .result(let result): job.deliver(result, context.attempt)
            case .mapOutput(let output, let shuffle):
                context.environment.shuffles.put(
                    output, of: shuffle, map: context.partitionID, mapCount: context.partitionCount)
            case .published: break
            }
        }
    }

    /// An attempt that ran on an executor.
    init(_ details: TaskDetails, updates: [any AccumulatorUpdate] = [], takeOver: (@Sendable () -> Void)? = nil) {
        source = .executor(details)
        (self.updates, self.takeOver) = (updates, takeOver)
    }

    /// Takes over the task's output and updates. Called under the driver's lock, so it only stores.
    func accept() {
        takeOver?()
        for update in updates { update.commit() }
    }

    /// Merges the updates that were taken over, which may call functions of the user. Called without a lock.
    func settle() { for update in updates { update.settle() } }

    var metrics: TaskMetrics {
        switch source {
        case .here(let context): context?.finalMetrics() ?? TaskMetrics()
        case .executor(let details): details.metrics
        }
    }

    /// The slot of its executor in which it ran; nil if that was not measured.
    var slot: Int? {
        switch source {
        case .here(let context): context?.slot
        case .executor(let details): details.slot
        }
    }

    /// Partitions that the task has cached or dropped.
    var stored: [BlockUpdate] {
        switch source {
        case .here(let context): context?.storedBlocks ?? []
        case .executor(let details): details.stored
        }
    }
}

extension AttemptReport {
    /// How the attempt ended, for people.
    ///
    /// - Parameter isAccepted: whether its output was taken over.
    func progress(isAccepted: Bool) -> ProgressState {
        switch failure {
        case nil: isAccepted ? .succeeded : .killed
        case .error(let text), .lostBlock(let text): .failed(text)
        case .missingShuffleOutput(let missing):
            .failed(
                "output of \(missing.maps.count) \(missing.maps.count == 1 ? "map" : "maps") of shuffle \(missing.shuffle) is "
                    + "missing" + (missing.cause.map { ": \($0)" } ?? ""))
        case .cancelled: .killed
        }
    }
}

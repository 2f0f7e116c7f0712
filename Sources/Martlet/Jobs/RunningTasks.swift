import MartletBlocks
import MartletCore
import MartletScheduler
import MartletThreads

/// The running tasks, by which they are found and cancelled.
struct RunningTasks: Sendable {
    /// By slot.
    private var tasks: [Task?] = []
    /// Whether a check for cancelled tasks that have not returned is pending.
    var isWatched = false

    struct Task: Sendable {
        let launch: TaskLaunch
        /// By the monotonic clock.
        let launchedAt: Instant
        /// Of a thread.
        let cancellation: CancellationFlag
        /// Its stage, even after the stage has ended.
        let stage: StageProgress?
        private(set) var cancelledAt: Instant?
        fileprivate(set) var isTold = false

        init(_ launch: TaskLaunch, of stage: StageProgress?, launchedAt: Instant) {
            (self.launch, self.stage, self.launchedAt) = (launch, stage, launchedAt)
            cancellation = CancellationFlag()
        }

        mutating func cancel() {
            cancellation.cancel()
            if cancelledAt == nil { cancelledAt = .now }
        }
    }

    subscript(slot: Int) -> Task? {
        get { slot < tasks.count ? tasks[slot] : nil }
        set {
            while tasks.count <= slot { tasks.append(nil) }
            tasks[slot] = newValue
        }
    }

    /// - Complexity: O(slots)
    func task(_ id: TaskID) -> Task? { tasks.first { $0?.launch.attempt.id == id } ?? nil }

    /// Whether any cancelled task has not ended.
    var hasCancelled: Bool { tasks.contains { $0?.cancelledAt != nil } }

    /// The attempts that were cancelled at least `patience` ago and have not ended, each returned once.
    mutating func takeNotReturned(at now: Instant, after patience: Duration) -> [TaskAttempt] {
        var found: [TaskAttempt] = []
        for slot in tasks.indices {
            guard let task = tasks[slot], let cancelled = task.cancelledAt, now - cancelled >= patience, !task.isTold
            else { continue }
            tasks[slot]?.isTold = true
            found.append(task.launch.attempt)
        }
        return found
    }
}

extension Driver.State {
    /// The warning about a cancelled attempt that keeps its slot.
    func notReturned(_ attempt: TaskAttempt, _ patience: Duration) -> String {
        let stage = running[attempt.number]?.stage?.summary
        let name = stage.map { "\($0.operation) at \($0.callSite)" } ?? "stage \(attempt.stage)"
        return "a function of \(name), partition \(attempt.partition), was cancelled \(patience.components.seconds) s ago and has "
            + "not returned: it keeps its slot; long loops should look at TaskContext.current?.isInterrupted"
    }
}

package import MartletCore
import MartletPlan

/// Decides when an executor starts each attempt, what it knows, and when it exits.
///
/// Attempts start in the order of their arrival, as slots become free. Each launched attempt is reported once: with its
/// outcome, or as cancelled if it never started.
/// - Invariant: E2
package struct ExecutorCore: Sendable {
    private struct Running: Sendable {
        let launch: TaskLaunch

        /// Whether the shuffle that it writes was removed: its output is deleted at its end.
        var isShuffleRemoved = false
    }

    private enum Phase: Sendable, Equatable {
        case working

        /// Running attempts are stopped; at `deadline` the process exits anyway.
        case stopping(reason: String, deadline: Instant)

        case exited
    }

    package let id: ExecutorID
    package let slots: Int
    private let heartbeatInterval, stopPatience: Duration
    private var phase = Phase.working
    private var programs: Set<ProgramKey> = []
    private var versions: [ShuffleID: Int] = [:]
    private var queue = MessageQueue<TaskLaunch>()
    private var running: [TaskID: Running] = [:]
    private var lastTask = TaskID(-1)
    private var lastHeartbeatAt: Instant?
    private var actions: [Action] = []

    /// Messages without effect: repeated launches, reports of attempts that do not run, outdated locations.
    package private(set) var ignoredCount = 0

    package init(id: ExecutorID, slots: Int, heartbeatInterval: Duration, stopPatience: Duration) {
        precondition(slots > 0, "an executor has slots")
        self.id = id
        self.slots = slots
        self.heartbeatInterval = heartbeatInterval
        self.stopPatience = stopPatience
    }

    /// Whether nothing runs or waits, and nothing is installed.
    package var isIdle: Bool { running.isEmpty && queue.isEmpty && programs.isEmpty }

    /// Number of shuffles whose locations are known.
    package var knownShuffleCount: Int { versions.count }

    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        if phase == .exited { return [] }
        switch event {
        case .message(let message): receive(message, at: now)
        case .taskEnded(let report): end(report)
        case .tick: tick(at: now)
        }
        startNext()
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }

    private mutating func receive(_ message: DriverMessage, at now: Instant) {
        switch message {
        case .install(let program):
            programs.insert(program)
            actions.append(.install(program))
        case .forget(let forgotten):
            programs.subtract(forgotten)
            actions.append(.forget(forgotten))
        case .launch(let program, let launches):
            for launch in launches { enqueue(launch, program) }
        case .cancel(let tasks):
            for task in tasks { cancel(task) }
        case .mapOutputs(let shuffle, let version, let mapCount, let locations):
            guard version > versions[shuffle] ?? -1 else {
                ignoredCount += 1
                return
            }
            versions[shuffle] = version
            actions.append(.place(shuffle, version: version, mapCount: mapCount, locations))
        case .removeShuffles(let shuffles):
            for shuffle in shuffles { versions[shuffle] = nil }
            for task in running.keys {
                if case .shuffle(let shuffle)? = running[task]?.launch.output, shuffles.contains(shuffle) {
                    running[task]?.isShuffleRemoved = true
                }
            }
            actions.append(.removeShuffles(shuffles))
        case .removeBlocks(let rdd): actions.append(.removeBlocks(rdd))
        case .dropBlocks(let blocks): actions.append(.dropBlocks(blocks))
        case .removeBroadcasts(let broadcasts): actions.append(.removeBroadcasts(broadcasts))
        case .destroyBroadcast(let broadcast): actions.append(.destroyBroadcast(broadcast))
        case .executors(let addresses): actions.append(.connect(addresses))
        case .stop(let reason): stop(reason, at: now)
        }
    }

    /// Ids grow in the order of launch: a launch with no larger id is a repetition.
    private mutating func enqueue(_ launch: TaskLaunch, _ program: ProgramKey) {
        guard launch.attempt.id > lastTask else {
            ignoredCount += 1
            return
        }
        lastTask = launch.attempt.id
        if phase != .working {
            report(launch.attempt, .cancelled)
        } else if !programs.contains(program) {
            let stage = "stage \(launch.attempt.stage) of job \(program.job)"
            report(launch.attempt, .error("executor \(id) has no program for \(stage)"))
        } else {
            queue.append(launch)
        }
    }

    private mutating func startNext() {
        while phase == .working, running.count < slots, let launch = queue.popFirst() {
            running[launch.attempt.id] = Running(launch: launch)
            actions.append(.start(launch))
        }
    }

    private mutating func cancel(_ task: TaskID) {
        if running[task] != nil {
            actions.append(.cancel(task))
        } else if let launch = queue.all.first(where: { $0.attempt.id == task }) {
            queue.removeAll { $0.attempt.id == task }
            report(launch.attempt, .cancelled)
        } else {
            // Its report is on its way.
            ignoredCount += 1
        }
    }

    private mutating func end(_ report: AttemptReport) {
        guard let ended = running.removeValue(forKey: report.task) else {
            ignoredCount += 1
            return
        }
        if ended.isShuffleRemoved, case .shuffle(let shuffle) = ended.launch.output {
            actions.append(.removeShuffles([shuffle]))
        }
        actions.append(.send(.taskEnded(report)))
        if case .stopping(let reason, _) = phase, running.isEmpty { exit(reason) }
    }

    /// Reports an attempt that was never started.
    private mutating func report(_ attempt: TaskAttempt, _ failure: TaskFailure) {
        let report = AttemptReport(task: attempt.id, number: attempt.number, failure: failure)
        actions.append(.send(.taskEnded(report)))
    }

    private mutating func stop(_ reason: String, at now: Instant) {
        guard phase == .working else { return }
        phase = .stopping(reason: reason, deadline: now + stopPatience)
        while let launch = queue.popFirst() { report(launch.attempt, .cancelled) }
        for task in running.keys.sorted() { actions.append(.cancel(task)) }
        if running.isEmpty { exit(reason) }
    }

    private mutating func exit(_ reason: String) {
        phase = .exited
        actions += [.send(.stopped(reason: reason)), .exit(reason: reason)]
    }

    private mutating func tick(at now: Instant) {
        if case .stopping(let reason, let deadline) = phase, now >= deadline { return exit(reason) }
        if now - (lastHeartbeatAt ?? now) >= heartbeatInterval || lastHeartbeatAt == nil {
            lastHeartbeatAt = now
            actions.append(.send(.heartbeat))
        }
    }
}

package import MartletCore
import MartletPlan

/// Decides which messages a driver sends to its executors, and which executors it still trusts.
///
/// It wraps the `JobScheduler`, which places tasks, and tracks the messages that each executor has been sent: the program of a
/// launch and the known locations of the outputs that it reads precede the launch. It detects executors that are silent or
/// disconnected for too long, and never trusts an executor again that it has given up on.
///
/// Its owner sends the messages over a `ReliableLink` for each executor, and applies the contents of the current report when
/// the scheduler accepts its task.
/// - Invariant: E3, E4
package struct DriverCore: Sendable {
    /// Times and sizes.
    package struct Limits: Sendable {
        /// How long an executor may be silent.
        package var heartbeatTimeout: Duration

        /// How long an executor may be without a connection.
        package var reconnectTimeout: Duration

        /// How many attempts may wait on each executor.
        package var queue: Int

        /// The number of slots that must exist before anything is launched.
        package var minSlots: Int

        /// How long to wait for `minSlots`.
        package var minSlotsWait: Duration

        /// How long jobs may wait, and cancelled functions may run on, before that is reported.
        package var patience = Duration.seconds(5)

        /// How long a cancelled function may run on, while jobs wait, before its executor is replaced despite other work.
        package var replacementPatience = Duration.seconds(30)

        package init(
            heartbeatTimeout: Duration, reconnectTimeout: Duration, queue: Int, minSlots: Int = 0,
            minSlotsWait: Duration = .seconds(30)
        ) {
            self.heartbeatTimeout = heartbeatTimeout
            self.reconnectTimeout = reconnectTimeout
            self.queue = queue
            self.minSlots = minSlots
            self.minSlotsWait = minSlotsWait
        }
    }

    /// A registered executor.
    struct Executor: Sendable {
        let address: ExecutorAddress

        /// The installed programs.
        var programs: Set<ProgramKey> = []

        /// The version of each shuffle's outputs that it knows; 0 when it knows that there are none.
        var versions: [ShuffleID: Int] = [:]

        /// Since when it has no connection.
        var disconnectedAt: Instant?
    }

    /// The job scheduler, for inspection.
    package internal(set) var scheduler: JobScheduler
    package let limits: Limits

    /// Messages of lost executors, and reports of attempts that are not expected.
    package internal(set) var ignoredMessageCount = 0

    var executors: [ExecutorID: Executor] = [:]

    /// Lost executors. Their ids are not reused.
    var retired: Set<ExecutorID> = []
    var monitor: HeartbeatMonitor

    /// The map outputs that executors reported.
    var outputs: [ShuffleID: [Int: MapOutputStatus]] = [:]

    /// How many rows the first output of each map had.
    var firstCounts: [ShuffleID: [Int: Int]] = [:]

    /// Shuffles to be removed with the last job that uses them.
    var removedShuffles: [ShuffleID] = []

    /// RDDs that are no longer to be cached, although older attempts may still cache partitions of them.
    var blockRemovals: [BlockRemoval] = []
    var isStopping = false
    var stalls = StallWatch()
    var actions: [Action] = []

    package init(scheduler: JobScheduler, limits: Limits) {
        self.scheduler = scheduler
        self.limits = limits
        monitor = HeartbeatMonitor(timeout: limits.heartbeatTimeout)
    }

    /// The registered executors, in the order of their ids.
    package var addresses: [ExecutorAddress] { executors.keys.sorted().compactMap { executors[$0]?.address } }

    /// Whether no job runs and no state of a job is left except outputs and cached partitions.
    package var isIdle: Bool {
        scheduler.isIdle && removedShuffles.isEmpty && blockRemovals.isEmpty
            && executors.values.allSatisfy { $0.programs.isEmpty }
    }

    /// Handles one event.
    /// - Returns: the actions to perform, in order
    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .jobSubmitted(let job, let plan): schedule(.jobSubmitted(job, plan), at: now)
        case .jobCancelled(let job, let reason): schedule(.jobCancelled(job, reason: reason), at: now)
        case .jobFailed(let job, let failure): schedule(.jobFailed(job, failure), at: now)
        case .stageCancelled(let stage, let reason): schedule(.stageCancelled(stage, reason: reason), at: now)
        case .taskKilled(let task):
            if let attempt = scheduler.attempts.entry(of: task)?.attempt {
                scheduler.attempts.stop(attempt, isKilled: true, at: now)
                send(attempt.executor, .cancel([task]))
            }
        case .shuffleRemoved(let shuffle):
            removedShuffles.append(shuffle)
            schedule(.shuffleRemoved(shuffle), at: now)
        case .blocksRemoved(let rdd): removeBlocks(of: rdd, at: now)
        case .broadcastsRemoved(let broadcasts): sendAll(.removeBroadcasts(broadcasts))
        case .broadcastDestroyed(let broadcast): sendAll(.destroyBroadcast(broadcast))
        case .registered(let address, let slots): register(address, slots: slots, at: now)
        case .message(let executor, let message): receive(message, from: executor, at: now)
        case .disconnected(let executor): executors[executor]?.disconnectedAt = now
        case .exited(let executor, let reason, let isFault): lose(executor, reason, isFault: isFault, at: now)
        case .stopping(let reason): stop(reason, at: now)
        case .tick: tick(at: now)
        }
        removeShuffles()
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }

    func knows(_ executor: ExecutorID) -> Bool { executors[executor] != nil }

    mutating func send(_ executor: ExecutorID, _ message: DriverMessage) { actions.append(.send(executor, message)) }

    mutating func sendAll(_ message: DriverMessage) {
        for executor in executors.keys.sorted() { send(executor, message) }
    }
}

/// The partitions of an RDD are no longer to be cached, but attempts that were launched before may still cache some.
struct BlockRemoval: Sendable {
    let rdd: RDDID

    /// The first attempt that knows of it.
    let firstTask: TaskID

    /// How many older attempts have not ended yet.
    var pendingCount: Int
}

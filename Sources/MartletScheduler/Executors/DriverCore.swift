package import MartletCore
import MartletPlan

/// Decides what a driver tells its executors, and which executors it still believes in.
///
/// Around the `JobScheduler`, which decides what runs where, it remembers what each executor has been told: a launch comes after
/// its program and after what is known of the outputs that it reads. It notices executors that are silent or cut off for too
/// long, and never believes one again that it has given up.
///
/// Whoever owns it sends what it says over a `ReliableLink` for each executor, and takes over what the present report brought
/// when the scheduler accepts its task.
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

        /// Before so many slots are there, nothing is launched.
        package var minSlots: Int

        /// How long they are waited for.
        package var minSlotsWait: Duration

        /// How long jobs wait, and cancelled functions do not return, before that is told.
        package var patience = Duration.seconds(5)

        /// How long a function that does not return is left alone on an executor that has other work, while jobs wait.
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

    /// An executor that there is.
    struct Executor: Sendable {
        let address: ExecutorAddress

        /// The installed programs, and how many attempts of each the executor has.
        var programs: [ProgramKey: Int] = [:]

        /// The version of the outputs of each shuffle that it knows; 0: it knows that there are none.
        var versions: [ShuffleID: Int] = [:]

        /// Since when it has no connection.
        var disconnectedAt: Instant?
    }

    /// The job scheduler, for looking into.
    package internal(set) var scheduler: JobScheduler
    package let limits: Limits

    /// Messages of executors that were given up, and reports of attempts that nobody waits for.
    package internal(set) var ignoredMessageCount = 0

    var executors: [ExecutorID: Executor] = [:]

    /// Executors that were given up. Their ids are not used again.
    var retired: Set<ExecutorID> = []
    var monitor: HeartbeatMonitor

    /// The attempts that executors have.
    var launched: [TaskID: TaskLaunch] = [:]

    /// What executors said about their map outputs.
    var outputs: [ShuffleID: [Int: MapOutputStatus]] = [:]

    /// How many rows the first output of each map had.
    var firstCounts: [ShuffleID: [Int: Int]] = [:]

    /// Shuffles to be removed with the last job that uses them.
    var removedShuffles: [ShuffleID] = []

    /// RDDs that are not kept any more while older attempts may still keep partitions of them.
    var blockRemovals: [BlockRemoval] = []
    var isStopping = false
    var stalls = StallWatch()
    var actions: [Action] = []

    package init(scheduler: JobScheduler, limits: Limits) {
        self.scheduler = scheduler
        self.limits = limits
        monitor = HeartbeatMonitor(timeout: limits.heartbeatTimeout)
    }

    /// The executors there are, in the order of their ids.
    package var addresses: [ExecutorAddress] { executors.keys.sorted().compactMap { executors[$0]?.address } }

    /// Whether no job runs and nothing is remembered that a job left behind, but outputs and kept partitions.
    package var isIdle: Bool {
        scheduler.isIdle && launched.isEmpty && removedShuffles.isEmpty && blockRemovals.isEmpty
            && executors.values.allSatisfy { $0.programs.isEmpty }
    }

    /// Takes in one event.
    /// - Returns: what is to be done, in order
    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .jobSubmitted(let job, let plan): schedule(.jobSubmitted(job, plan), at: now)
        case .jobCancelled(let job, let reason): schedule(.jobCancelled(job, reason: reason), at: now)
        case .jobFailed(let job, let failure): schedule(.jobFailed(job, failure), at: now)
        case .stageCancelled(let stage, let reason): schedule(.stageCancelled(stage, reason: reason), at: now)
        case .taskKilled(let task):
            if let launch = launched[task] {
                stalls.cancelled(task, isKilled: true, at: now)
                send(launch.attempt.executor, .cancel([task]))
            }
        case .shuffleRemoved(let shuffle):
            removedShuffles.append(shuffle)
            schedule(.shuffleRemoved(shuffle), at: now)
        case .blocksRemoved(let rdd): removeBlocks(of: rdd, at: now)
        case .broadcastsRemoved(let broadcasts): sendAll(.removeBroadcasts(broadcasts))
        case .broadcastDestroyed(let broadcast): sendAll(.destroyBroadcast(broadcast))
        case .registered(let address, let slots): register(address, slots: slots, at: now)
        case .heard(let executor): if executors[executor] != nil { monitor.heard(executor, at: now) }
        case .message(let executor, let message): receive(message, from: executor, at: now)
        case .disconnected(let executor): executors[executor]?.disconnectedAt = now
        case .reconnected(let executor): executors[executor]?.disconnectedAt = nil
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

/// Partitions of an RDD are not to be kept any more, but attempts that were launched before may keep some.
struct BlockRemoval: Sendable {
    let rdd: RDDID

    /// The first attempt that knows of it.
    let firstTask: TaskID

    /// How many attempts that do not have not ended yet.
    var pendingCount: Int
}

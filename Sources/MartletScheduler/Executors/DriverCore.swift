package import MartletCore
import MartletPlan

/// Decides which messages a driver sends to its executors, and which executors it still trusts.
///
/// It wraps the `JobScheduler`, which places tasks, and tracks the messages that each executor has been sent: the program of a
/// launch and the known locations of the outputs that it reads precede the launch. It detects executors that are silent or
/// disconnected for too long, and never trusts an executor again that it has given up on (`ExecutorFleet`).
///
/// If tasks run on threads of the driver's own process, that process is executor 0: it is sent launches and cancellations as
/// any other executor, but no programs and no locations, since it has them.
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

        /// How long executors may take to end by themselves, and how long to wait for the ends of killed processes.
        package var (stopPatience, killPatience) = (Duration.seconds(2), Duration.seconds(10))

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

    /// The job scheduler, for inspection.
    package internal(set) var scheduler: JobScheduler
    package let limits: Limits

    /// Messages of lost executors, and reports of attempts that are not expected.
    package internal(set) var ignoredMessageCount = 0

    var fleet: ExecutorFleet

    /// The map outputs that executors reported.
    var outputs: [ShuffleID: [Int: MapOutputStatus]] = [:]

    /// How many rows the first output of each map had.
    var firstCounts: [ShuffleID: [Int: Int]] = [:]

    /// Shuffles to be removed with the last job that uses them.
    var removedShuffles: [ShuffleID] = []

    /// RDDs that are no longer to be cached, although older attempts may still cache partitions of them.
    var blockRemovals: [BlockRemoval] = []
    var stopping = Stopping.no
    var stalls = StallWatch()
    var actions: [Action] = []

    /// - Parameter image: identifies the program that every executor must run
    package init(scheduler: JobScheduler, limits: Limits, image: String = "") {
        self.scheduler = scheduler
        self.limits = limits
        fleet = ExecutorFleet(image: image)
    }

    /// The executors that other executors can reach, in the order of their ids.
    package var addresses: [ExecutorAddress] { fleet.addresses }

    /// The executors whose processes were requested and have not ended, in the order of their ids.
    package var processes: [ExecutorID] { fleet.processes }

    /// How many executor processes are to run.
    package var wantedExecutorCount: Int { fleet.wantedCount }

    /// The slots of all executors that are registered.
    package var slotCount: Int { scheduler.slotCount }

    /// Whether tasks run in this process.
    package var isLocal: Bool { fleet.isLocal }

    /// Whether an executor is trusted: its messages count.
    package func isRegistered(_ executor: ExecutorID) -> Bool { fleet.isRegistered(executor) }

    /// Whether no job runs and no state of a job is left except outputs and cached partitions.
    package var isIdle: Bool {
        scheduler.isIdle && removedShuffles.isEmpty && blockRemovals.isEmpty
            && fleet.members.values.allSatisfy { $0.programs.isEmpty }
    }

    // To look at a table through `scheduler` copies all of it in another module: these look at what is asked.

    /// A running attempt; nil if it was reported before.
    package func attempt(_ task: TaskID, number: Int) -> AttemptTable.Entry? { scheduler.attempts[task, number: number] }

    /// The running attempt that an executor reports; nil if it was reported before, or runs elsewhere.
    package func attempt(of report: AttemptReport, on executor: ExecutorID) -> AttemptTable.Entry? {
        attempt(report.task, number: report.number).flatMap { $0.attempt.executor == executor ? $0 : nil }
    }

    /// Whether an attempt runs.
    /// - Complexity: O(attempts)
    package func isRunning(_ task: TaskID) -> Bool { scheduler.attempts.entry(of: task) != nil }

    /// Whether attempts are running that were told to stop.
    package var awaitsStopped: Bool { scheduler.attempts.hasStopped }

    /// Whether the whole output of a shuffle exists.
    package func hasOutput(_ shuffle: ShuffleID) -> Bool { scheduler.hasOutput(shuffle) }

    /// Whether no job runs and no attempt is left to be reported.
    package var hasNoJobs: Bool { scheduler.isIdle }

    /// Handles one event.
    /// - Returns: the actions to perform, in order
    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        // The report of a task is answered with its acceptance, a launch and its message.
        actions.reserveCapacity(4)
        switch event {
        case .jobSubmitted(let job, let plan):
            schedule(.jobSubmitted(job, plan), at: now)
            // A master has ended the application, which does not know it yet.
            if let reason = fleet.endReason { schedule(.jobCancelled(job, reason: reason), at: now) }
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
        case .localExecutor(let slots):
            fleet.addLocal(at: now)
            schedule(.executorAdded(ExecutorID(0), host: "localhost", slots: slots, queue: 0), at: now)
        case .executorsWanted(let count): fleet.want(count)
        case .executorsGranted: fleet.expectGrants()
        case .release(let count):
            fleet.release(count)
            giveBack(at: now)
        case .waiting(let reason): fleet.wait(reason)
        case .startFailed(let executor, let reason):
            if fleet.startFailed(executor, reason, at: now) { tellOfTrouble() }
        case .hello(let executor, let connection, let incarnation, let image):
            if let refusal = fleet.admit(executor, connection: connection, incarnation: incarnation, image: image, at: now) {
                actions.append(.refuse(connection: connection, reason: refusal))
            } else {
                actions.append(.accept(executor, connection: connection))
            }
        case .registered(let address, let slots): register(address, slots: slots, at: now)
        case .message(let executor, let message): receive(message, from: executor, at: now)
        case .disconnected(let executor, let connection): fleet.disconnected(executor, connection: connection, at: now)
        case .failed(let executor, let reason): lose(executor, reason, isFault: true, at: now)
        case .exited(let executor, let reason, let isFault): exit(executor, reason, isFault: isFault, at: now)
        case .stopping(let reason): stop(reason, at: now)
        case .tick: tick(at: now)
        }
        removeShuffles()
        for executor in fleet.startMissing(at: now) { actions.append(.start(executor)) }
        lookForTheEnd(at: now)
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }

    mutating func send(_ executor: ExecutorID, _ message: DriverMessage) { actions.append(.send(executor, message)) }

    mutating func sendAll(_ message: DriverMessage) {
        for executor in fleet.registered { send(executor, message) }
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

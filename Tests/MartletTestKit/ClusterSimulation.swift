import MartletCore
import MartletPlan
import MartletScheduler
import MartletStatistics

/// A driver and its executors in one thread, over a network that fails, in a time of its own; a seed replays all of it.
///
/// The machines are those of the engine. The tasks compute small RDDs, whose results are compared with an oracle.
package final class ClusterSimulation {
    /// What was wrong.
    package internal(set) var complaints: [String] = []

    /// Which branches were met.
    package internal(set) var seen: Set<String> = []

    enum Happening {
        case packet(Packet, to: Int)
        case driverTick
        case executorTick(ExecutorID)
        case taskEnd(ExecutorID, TaskID)
        case chance
        case start(ExecutorID)
        case startFailed(ExecutorID)
        case connected(machine: Int)
        case killed(ExecutorID)
        case exited(ExecutorID, isFault: Bool)
    }

    /// A job, and what came of it.
    struct SimulatedJob {
        let plan: JobPlan
        let root: RDDID
        var results: [Int: [Row]] = [:]
        var accumulated = 0
        var hasEnded = false
    }

    var random: SeededGenerator
    let workload: Workload
    let faults: Faults
    var timeline = Timeline<Happening>()
    var now = Instant.zero
    var eventCount = 0

    var core: DriverCore
    var links: [ExecutorID: DriverLink] = [:]
    /// The connection over which each executor is reached, and how many there ever were.
    var connections: [ExecutorID: Int] = [:]
    var connectionCount = 0
    var machineOf: [ExecutorID: Int] = [:]
    /// Whether the driver was told to end.
    var isStopping = false
    /// Whether the driver has ended, and whether the last process ends without being reported.
    var hasStopped = false
    /// Whether it was told that executors cannot be started.
    var isInTrouble = false
    var machineOfConnection: [Int: Int] = [:]
    var losesLastEnd = false
    /// Whether a master grants executors, the last id that it has drawn, and the executors that it is starting.
    let isGranted: Bool
    var lastGranted = -1
    var starting: Set<ExecutorID> = []
    /// Executors that were killed before their process began.
    var killedEarly: Set<ExecutorID> = []

    /// Who has what, as each executor was told.
    var told: [ExecutorID: [ShuffleID: Set<ExecutorID>]] = [:]

    /// The executors there are, as they were told: one event may give up several, one after the other.
    var living: Set<ExecutorID> = []
    /// Attempts that were told not to have returned.
    var notReturned: Set<TaskID> = []
    var driverPausedUntil = Instant.zero
    var jobs: [SimulatedJob] = []

    /// The rows that came with the present report.
    var reportedRows: [Row]?

    /// The process of each machine, and all processes that there ever were.
    var machines: [SimulatedExecutor?]
    var processes: [ExecutorID: SimulatedExecutor] = [:]

    /// Until when each machine has no connection, and until when nothing gets out of it.
    var cutUntil: [Instant]
    var muteUntil: [Instant]

    /// Whether nothing bad happens any more.
    var isCalm = false
    let jobCount: Int

    package init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        workload = Workload(&random)
        faults = Faults(&random)
        let count = random.within(1...4)
        machines = Array(repeating: nil, count: count)
        cutUntil = Array(repeating: .zero, count: count)
        muteUntil = cutUntil
        jobCount = random.within(1...6)
        isGranted = random.chance(40)
        let minSlots = random.chance(50) ? 0 : random.within(1...5)
        var limits = DriverCore.Limits(
            heartbeatTimeout: .milliseconds(300), reconnectTimeout: .milliseconds(150), queue: random.within(0...3),
            minSlots: minSlots, minSlotsWait: random.micros(0...300_000))
        (limits.patience, limits.replacementPatience) = (.milliseconds(20), .milliseconds(80))
        (limits.stopPatience, limits.killPatience) = (.milliseconds(200), .milliseconds(500))
        core = DriverCore(
            scheduler: JobScheduler(
                maxTaskFailures: 4, localityWait: random.micros(0...50_000), isHeld: minSlots > 0),
            limits: limits, image: Self.image)
        if isGranted { tell(.executorsGranted) } else { tell(.executorsWanted(count)) }
        timeline.add(.driverTick, at: now)
        timeline.add(.chance, at: now)
    }

    package func run() {
        advance(to: .zero + .seconds(60)) { self.jobs.count == self.jobCount && self.jobs.allSatisfy(\.hasEnded) }
        expect(jobs.count == jobCount && jobs.allSatisfy(\.hasEnded), "a job never ended")
        calmDown()
        for shuffle in workload.shuffles { tell(.shuffleRemoved(shuffle.id)) }
        for node in workload.nodes { tell(.blocksRemoved(node.id)) }
        advance(to: now + .seconds(30)) { self.isClean }
        checkNothingIsLeft()
        stop()
    }

    /// The driver stops, maybe while processes are starting, are frozen, or while the end of one is not reported.
    private func stop() {
        losesLastEnd = random.chance(20)
        if random.chance(20), let machine = machines.indices.randomElement(using: &random) {
            machines[machine]?.frozenUntil = now + .seconds(60)
        }
        if random.chance(20), let id = core.processes.randomElement(using: &random) {
            processes[id]?.isAlive = false
            (links[id], connections[id]) = (nil, nil)
            tell(.exited(id, reason: "killed", isFault: true))
        }
        isStopping = true
        tell(.stopping(reason: "the end"))
        tell(.stopping(reason: "the end again"))
        advance(to: now + .seconds(30)) { self.hasStopped }
        expect(hasStopped, "the driver never ended")
        expect(core.addresses.isEmpty, "executors outlive the driver's will: \(core.addresses.map(\.id))")
        expect(links.isEmpty && connections.isEmpty, "links are left")
        expect(processes.values.allSatisfy { !$0.isAlive }, "a process never ended")
        if !core.processes.isEmpty { seen.insert("end without a report") }
    }

    private func advance(to end: Instant, until isDone: () -> Bool) {
        while !isDone(), complaints.isEmpty, let (at, happening) = timeline.next(), at < end {
            now = max(now, at)
            eventCount += 1
            happen(happening)
        }
    }

    private func happen(_ happening: Happening) {
        switch happening {
        case .packet(let packet, let place): arrive(packet, at: place, happening)
        case .driverTick:
            if isPaused(happening) { return }
            timeline.add(.driverTick, at: now + .milliseconds(10))
            tell(.tick)
            for id in links.keys.sorted() { perform(links[id]?.handle(.tick, at: now) ?? [], to: id) }
        case .executorTick(let id): tick(id, happening)
        case .taskEnd(let id, let task): endTask(task, on: id, happening)
        case .chance:
            timeline.add(.chance, at: now + random.micros(1000...10_000))
            takeChances()
        case .start(let id): start(id)
        case .startFailed(let id):
            if isPaused(happening) { return }
            tell(.startFailed(id, reason: "chance"))
        case .connected(let machine): machines[machine]?.isConnected = false
        case .killed(let id): end(id, isFault: false)
        case .exited(let id, let isFault):
            if isPaused(happening) { return }
            (links[id], connections[id]) = (nil, nil)
            tell(.exited(id, reason: "killed", isFault: isFault))
        }
    }

    /// Puts off what the driver does not notice while it sleeps.
    func isPaused(_ happening: Happening) -> Bool {
        if now >= driverPausedUntil { return false }
        timeline.add(happening, at: driverPausedUntil)
        return true
    }

    /// Whether nothing is left to be done.
    private var isClean: Bool {
        core.isIdle && links.values.allSatisfy { $0.waitingCount == 0 }
            && processes.allSatisfy { id, process in
                !process.isAlive || process.isEmpty && process.link?.waitingCount == 0 && links[id] != nil
            }
    }

    private func checkNothingIsLeft() {
        expect(core.isIdle, "the driver is not idle at the end")
        expect(core.scheduler.knowsNoBlocks, "the driver knows kept partitions at the end")
        expect(core.scheduler.shuffleCount == 0, "the driver knows map outputs at the end")
        for (id, link) in links {
            expect(link.waitingCount == 0, "messages to executor \(id) did not arrive")
            expect(link.earlyCount == 0, "messages of executor \(id) were not delivered")
        }
        for (id, process) in processes where process.isAlive {
            expect(process.isEmpty, "executor \(id) is not empty: \(process.leftovers)")
            expect(process.link?.earlyCount == 0, "messages to executor \(id) were not delivered")
            expect(process.link?.waitingCount == 0, "messages of executor \(id) did not arrive")
            expect(links[id] != nil, "executor \(id) lives although it was given up")
        }
    }

    func expect(_ condition: Bool, _ complaint: @autoclosure () -> String) {
        if !condition { complaints.append("at \(now.nanoseconds / 1000) us: \(complaint())") }
    }
}

extension SimulatedExecutor {
    /// What is not empty, for a complaint.
    fileprivate var leftovers: String {
        "\(files.count) files, \(blocks.count) blocks, \(programs.count) programs, \(places.count) shuffles, "
            + "\(running.count) tasks, core idle \(core.isIdle), core shuffles \(core.knownShuffleCount)"
    }
}

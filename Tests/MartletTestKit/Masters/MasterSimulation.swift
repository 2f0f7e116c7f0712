import MartletClusterState
import MartletCore
import MartletStatistics

/// Masters, workers and applications in one thread, over a network that fails, in a time of its own; a seed replays all of it.
///
/// The machines are those of the engine; processes, drivers and the store of records are simulated. Two masters share the records;
/// one of them leads.
package final class MasterSimulation {
    /// What was wrong.
    package internal(set) var complaints: [String] = []

    /// Which branches were met.
    package internal(set) var seen: Set<String> = []
    package internal(set) var eventCount = 0

    enum Happening {
        case packet(MasterPacket)
        case connected(Client, master: Int, isThere: Bool)
        case noticed(Client, master: Int, connection: Int, byMaster: Bool)
        case tick(Place)
        case round(master: Int)
        case election
        case processStarted(machine: Int, incarnation: Int, WorkID)
        case processEnded(machine: Int, incarnation: Int, WorkID, WorkEnd)
        case submit(Int)
        case chance
    }

    /// What reads events one after the other, and may sleep.
    enum Place: Hashable {
        case master(Int)
        case client(Client)
    }

    var random: SeededGenerator
    let faults: MasterFaults
    var timeline = Timeline<Happening>()
    var now = Instant.zero

    var masters: [SimulatedMaster]
    var leader: Int?
    var records: [ClusterRecord.Key: ClusterRecord] = [:]

    /// The term of the newest leader: records of earlier ones are refused.
    var storedTerm = 0
    var workers: [SimulatedWorker] = []
    var applications: [SimulatedApplication] = []
    var drivers: [SimulatedDriver] = []

    var connections: [Link: Int] = [:]
    var connectionCount = 0
    var frozenUntil: [Place: Instant] = [:]
    var cutOffUntil: [Client: Instant] = [:]
    var isCalm = false

    /// Executors that have ever been started: no number is used twice.
    var startedExecutors: Set<WorkID> = []
    let calmAt = Instant.zero + .seconds(60)

    package init(seed: UInt64) {
        random = SeededGenerator(seed: seed)
        faults = MasterFaults(&random)
        var settings = MasterSettings()
        settings.order = random.chance(75) ? .fair : .fifo
        (settings.spreadsOut, settings.spreadsOutDrivers) = (random.chance(70), random.chance(70))
        settings.selection = WorkerSelectionPolicy.allCases[random.within(0...4)]
        settings.defaultCores = random.chance(20) ? 4 : nil
        settings.maxDrivers = random.chance(20) ? 2 : nil
        settings.maxExecutorRetries = random.within(2...10)
        (settings.timeout, settings.reconnectTimeout, settings.recoveryTimeout) = (.seconds(6), .seconds(3), .seconds(6))
        (settings.retainedDrivers, settings.retainedApplications) = (random.chance(20) ? 2 : 200, 200)
        masters = (0..<2).map { _ in SimulatedMaster(settings) }
        for machine in 0..<random.within(1...5) {
            workers.append(SimulatedWorker(machine, cores: random.within(1...8), memoryBytes: random.within(1...8) << 30))
        }
        for machine in workers.indices { startWorker(machine) }
        for index in 0..<random.within(1...6) { startApplication(index) }
        for index in 0..<random.within(0...4) { addDriver(index) }
        for index in masters.indices { timeline.add(.tick(.master(index)), at: now) }
        timeline.add(.election, at: now)
        timeline.add(.chance, at: now)
    }

    package func run() {
        advance(to: calmAt)
        calmDown()
        // Longer than all time-outs and the pauses of registrations one after the other.
        advance(to: now + .seconds(60))
        checkCalm()
        for application in applications { endApplication(application) }
        for index in drivers.indices { drivers[index].isToBeKilled = true }
        for index in drivers.indices { timeline.add(.submit(index), at: now) }
        advance(to: now + .seconds(40))
        checkNothingIsLeft()
    }

    private func advance(to end: Instant) {
        while complaints.isEmpty, let (at, happening) = timeline.next() {
            if at >= end {
                timeline.add(happening, at: at)
                break
            }
            now = max(now, at)
            eventCount += 1
            happen(happening)
        }
        now = max(now, end)
    }

    private func happen(_ happening: Happening) {
        if let place = place(of: happening), let until = frozenUntil[place], now < until {
            return timeline.add(happening, at: until)
        }
        switch happening {
        case .packet(let packet): arrive(packet)
        case .connected(let client, let master, let isThere): finishConnecting(client, master, isThere: isThere)
        case .noticed(let client, let master, let connection, let byMaster):
            if byMaster { tellOfCut(of: client, connection, to: master) } else { noticeCut(client, master) }
        case .tick(let place): tick(place)
        case .round(let master):
            masters[master].isRoundDue = false
            tell(master: master, .round)
        case .election: elect()
        case .processStarted(let machine, let incarnation, let work): startProcess(work, machine, incarnation)
        case .processEnded(let machine, let incarnation, let work, let end): endProcess(work, end, machine, incarnation)
        case .submit(let index): submit(index)
        case .chance:
            timeline.add(.chance, at: now + random.micros(50_000...500_000))
            if !isCalm { takeChances() }
        }
    }

    private func place(of happening: Happening) -> Place? {
        switch happening {
        case .packet(let packet): packet.isToMaster ? .master(packet.link.master) : .client(packet.link.client)
        case .connected(let client, _, _): .client(client)
        case .noticed(let client, let master, _, let byMaster): byMaster ? .master(master) : .client(client)
        case .tick(let place): place
        case .round(let master): .master(master)
        case .processStarted(let machine, let incarnation, _), .processEnded(let machine, let incarnation, _, _):
            .client(.worker(machine, incarnation))
        case .election, .submit, .chance: nil
        }
    }

    private func tick(_ place: Place) {
        switch place {
        case .master(let index):
            timeline.add(.tick(place), at: now + .milliseconds(500))
            tell(master: index, .tick)
        case .client(.worker(let machine, let incarnation)):
            guard workers[machine].isAlive(incarnation) else { return }
            timeline.add(.tick(place), at: now + .milliseconds(500))
            tell(worker: machine, .tick)
        case .client(.application(let index)):
            guard applications[index].isAlive else { return }
            timeline.add(.tick(place), at: now + .milliseconds(500))
            tick(applications[index])
        }
    }

    func expect(_ holds: Bool, _ message: @autoclosure () -> String) {
        if !holds { complaints.append("at \(Double(now.nanoseconds) / 1e9) s: \(message())") }
    }
}

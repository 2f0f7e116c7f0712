package import MartletCore

/// Decides what a master does: which workers, applications and drivers there are, and what runs where.
///
/// Cores are handed out in *rounds* and not at each event: events note that there may be something to hand out (`wantsRound`), and
/// the owner sends `round` when its mailbox is empty. So what is registered at the same time is served together, and a thousand
/// events cost one round. A tick, each second, has a round as well.
///
/// What must survive the master is persisted (`persist`) before the actions behind it are performed. What runs on workers is not:
/// workers say it when they register.
///
/// Messages may come twice or late, and are lost with their connection. Therefore workers report all that they run, launches are
/// numbered, executors and launches of drivers are never numbered alike, and registrations and submissions carry a token.
/// - Invariant: W1 to W9
package struct ClusterMaster: Sendable {
    package let settings: MasterSettings
    package internal(set) var phase = MasterPhase.standby

    /// Whether cores or drivers may be handed out.
    package internal(set) var wantsRound = false

    /// Messages that came too late, twice, or make no sense.
    package internal(set) var ignoredMessageCount = 0

    var record = MasterRecord(term: 0)
    var launchCount = 0
    var workers = OrderedTable<WorkerID, WorkerState>()
    var workerOfAddress: [ClusterAddress: WorkerID] = [:]
    var lostWorkers = OrderedTable<WorkerID, String>()
    var applications = OrderedTable<ApplicationID, ApplicationState>()
    var endedApplications = OrderedTable<ApplicationID, EndedApplication>()
    var applicationOfToken: [UInt64: ApplicationID] = [:]
    var drivers = OrderedTable<DriverID, DriverState>()
    var endedDrivers = OrderedTable<DriverID, DriverRecord>()
    var driverOfToken: [UInt64: DriverID] = [:]

    /// How many workers and applications of the records have not come back.
    var unknownCount = 0

    /// Where the search for a worker for the next driver begins.
    var driverCursor = 0
    var tickedAt: Instant?
    var actions: [Action] = []

    package init(settings: MasterSettings = MasterSettings()) { self.settings = settings }

    /// Counts the times that some master became the leader.
    package var term: Int { record.term }

    /// Handles one event.
    /// - Returns: the actions to perform, in order
    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch phase {
        case .standby: answerAsStandby(event, at: now)
        case .alive, .recovering, .completingRecovery: lead(event, at: now)
        }
        var answer: [Action] = []
        swap(&answer, &actions)
        return answer
    }

    private mutating func answerAsStandby(_ event: Event, at now: Instant) {
        switch event {
        case .becameLeader(let records): recover(records, at: now)
        case .registerWorker(let worker, _, let connection):
            actions.append(.answerWorker(connection: connection, worker.id, WorkerOrder(term: record.term, .standby)))
        case .registerApplication(_, _, let connection, _), .reconnectApplication(_, _, let connection):
            actions.append(.answerApplication(connection: connection, .standby))
        case .submitDriver(_, _, let submitter, _), .killDriver(_, let submitter), .driverStatus(_, let submitter),
            .killApplication(_, let submitter):
            actions.append(.answerSubmitter(submitter, .standby))
        // They look for the leader at once.
        case .worker(let worker, _): tell(worker, .standby)
        case .application(let application, _): tell(application, .standby)
        case .workerDisconnected, .applicationDisconnected, .decommission: ignoredMessageCount += 1
        case .lostLeadership, .round, .tick: break
        }
    }

    private mutating func lead(_ event: Event, at now: Instant) {
        switch event {
        case .registerWorker(let worker, let report, let connection):
            register(worker, report, connection: connection, at: now)
        case .worker(let worker, let message): receive(message, from: worker, at: now)
        case .workerDisconnected(let worker, let connection): disconnect(worker, connection: connection, at: now)
        case .registerApplication(let description, let token, let connection, let date):
            register(description, token: token, connection: connection, date: date, at: now)
        case .reconnectApplication(let application, let executors, let connection):
            reconnect(application, having: executors, connection: connection, at: now)
        case .application(let application, let message): receive(message, from: application, at: now)
        case .applicationDisconnected(let application, let connection):
            if applications[application]?.liveness.disconnect(connection, at: now) != true { ignoredMessageCount += 1 }
        case .submitDriver(let description, let token, let submitter, let date):
            submit(description, token: token, submitter: submitter, date: date, at: now)
        case .killDriver(let driver, let submitter): kill(driver, submitter: submitter, at: now)
        case .driverStatus(let driver, let submitter): tellStatus(of: driver, submitter: submitter, at: now)
        case .killApplication(let application, let submitter): kill(application, submitter: submitter, at: now)
        case .decommission(let ids): for id in ids { decommission(id, isToBeTold: true) }
        case .becameLeader: ignoredMessageCount += 1
        case .lostLeadership: self = ClusterMaster(settings: settings, standbyAfter: self)
        case .round: handOut(at: now)
        case .tick: tick(at: now)
        }
        completeRecoveryIfPossible(at: now)
    }

    /// What it knew may be outdated by what the next leader persists.
    private init(settings: MasterSettings, standbyAfter master: ClusterMaster) {
        self.init(settings: settings)
        record.term = master.record.term
        ignoredMessageCount = master.ignoredMessageCount
    }

    private mutating func tick(at now: Instant) {
        excuseOwnSleep(at: now)
        for id in workers.keys {
            if let worker = workers[id], worker.phase != .unknown, let problem = worker.liveness.problem(at: now, settings) {
                lose(id, problem, at: now)
            }
        }
        for id in applications.keys {
            if let application = applications[id], application.phase != .unknown,
                let problem = application.liveness.problem(at: now, settings)
            {
                remove(id, .failed, "its driver is gone: \(problem)", at: now)
            }
        }
        handOut(at: now)
        tellWhyTheyWait(at: now)
    }

    private mutating func excuseOwnSleep(at now: Instant) {
        let gap = now - (tickedAt ?? now)
        tickedAt = now
        guard gap > settings.reconnectTimeout / 4 else { return }
        for id in workers.keys { workers[id]?.liveness.excuse(gap, at: now) }
        for id in applications.keys { applications[id]?.liveness.excuse(gap, at: now) }
    }

    mutating func tell(_ worker: WorkerID, _ order: WorkerOrder.Kind) {
        actions.append(.tellWorker(worker, WorkerOrder(term: record.term, order)))
    }

    mutating func tell(_ application: ApplicationID, _ notice: ApplicationNotice) {
        actions.append(.tellApplication(application, notice))
    }

    mutating func persist(_ record: ClusterRecord) { actions.append(.persist(record)) }
}

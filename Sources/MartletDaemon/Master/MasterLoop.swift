import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletThreads

/// What the thread of a master daemon owns: the state machine, the connections, and what is to run.
struct MasterLoop: ~Copyable {
    /// Why the daemon ends.
    struct End {
        let status: Int32
        let reason: String
    }

    let daemon: MasterDaemon
    var master: ClusterMaster
    var peers = MasterPeers()
    var programs = MasterPrograms()
    var log: MasterLog
    private let contacts: MasterContacts
    private var isLeader = false

    init(_ daemon: MasterDaemon) {
        self.daemon = daemon
        master = ClusterMaster(settings: daemon.options.settings)
        log = MasterLog(daemon.options.logger)
        contacts = MasterContacts(daemon.network, cluster: daemon.options.networkOptions)
    }

    /// Handles a batch of inputs.
    /// - Returns: nil if the daemon goes on
    mutating func handle(_ inputs: [MasterInput]) -> End? {
        var actions: [ClusterMaster.Action] = []
        let now = Instant.now
        do throws(RecordStoreError) {
            for input in inputs {
                if case .stop = input { return End(status: 0, reason: "stopped") }
                for event in try events(input) {
                    if case .lostLeadership = event {
                        // Its own answers so far stand; what it decides afterwards is another leader's.
                        try perform(actions)
                        actions = []
                        _ = master.handle(event, at: now)
                        leadNoMore()
                    } else {
                        actions += master.handle(event, at: now)
                    }
                }
            }
            if master.wantsRound { actions += master.handle(.round, at: now) }
            try perform(actions)
        } catch {
            switch error {
            case .leadershipLost(let reason):
                log.lostLeadership(reason)
                _ = master.handle(.lostLeadership, at: now)
                leadNoMore()
            case .failed(let reason): return End(status: 1, reason: "the cluster's records cannot be read or written: \(reason)")
            }
        }
        return nil
    }

    /// Members look for the leader when their connections end.
    private mutating func leadNoMore() {
        isLeader = false
        for driver in programs.drivers.values where !driver.phase.isFinal { daemon.files.release(driver.description.program) }
        programs = MasterPrograms()
        for connection in peers.all { connection.close(reason: "this master does not lead any more") }
    }

    private mutating func events(_ input: MasterInput) throws(RecordStoreError) -> [ClusterMaster.Event] {
        switch input {
        case .connected(let connection):
            peers.add(connection)
            return []
        case .message(let message, let connection): return receive(message, from: connection)
        case .closed(let connection): return close(connection)
        case .overview(let answer):
            answerOverview(answer)
            return []
        case .tick: return [.tick]
        case .stop: return []
        case .lostLeadership(let reason):
            log.lostLeadership(reason)
            return isLeader ? [.lostLeadership] : []
        case .becameLeader:
            guard !isLeader else { return [] }
            let records = try daemon.options.store.all()
            for record in records { remember(record, isNews: false) }
            isLeader = true
            log.becameLeader(records.count)
            return [.becameLeader(records)]
        }
    }

    private mutating func close(_ connection: MasterConnection) -> [ClusterMaster.Event] {
        switch peers.remove(connection) {
        case .worker(let id)?: [.workerDisconnected(id, connection: connection.number)]
        case .application(let id)?: [.applicationDisconnected(id, connection: connection.number)]
        case .applicant?, .submitter?, .unknown?, nil: []
        }
    }

    private func answerOverview(_ answer: NetworkAnswer) {
        let phase =
            switch master.phase {
            case .standby: "standby"
            case .recovering, .completingRecovery: "recovering"
            case .alive: "alive"
            }
        let overview = ClusterOverview(
            address: daemon.address, phase: phase, leads: master.phase != .standby, version: daemon.options.version, status: master.status)
        answer.send(ClusterCoding.encode(overview))
    }

    /// Performs the actions of a batch: first all changes of records, then the rest in order.
    private mutating func perform(_ actions: [ClusterMaster.Action]) throws(RecordStoreError) {
        let changes = actions.compactMap { action -> RecordChange? in
            switch action {
            case .persist(let record): .put(record)
            case .remove(let key): .remove(key)
            default: nil
            }
        }
        if !changes.isEmpty { try daemon.options.store.apply(RecordChange.lastOfEach(changes)) }
        for action in actions { perform(action) }
    }

    private mutating func perform(_ action: ClusterMaster.Action) {
        switch action {
        case .persist(let record): remember(record)
        case .remove(let key):
            log.removed(key, master)
            if let driver = programs.remove(key), !driver.phase.isFinal { daemon.files.release(driver.description.program) }
        case .tellWorker(let id, let order): send(order, to: peers.connection(of: id))
        case .tellApplication(let id, let notice):
            log.told(id, notice)
            peers.connection(of: id)?.send(.application(notice))
        case .answerWorker(let number, let id, let order):
            log.answered(id, order, peers[number])
            send(order, to: peers[number])
        case .answerApplication(let number, let notice):
            if case .registered(let id, _) = notice { peers.registered(id, number) }
            log.answered(notice, peers[number])
            peers[number]?.send(.application(notice))
        case .answerSubmitter(let number, let notice): peers[number]?.send(.submitter(notice))
        case .contactWorker(let address, let order): contacts.tell(address, .worker(order, launch: nil))
        case .contactApplication(let address, let notice):
            for secret in programs.secrets(at: address) { contacts.tell(address, .application(notice), secret: secret) }
        }
    }

    private func send(_ order: WorkerOrder, to connection: MasterConnection?) {
        guard case .launch(let launch) = order.kind else {
            connection?.send(.worker(order, launch: nil))
            return
        }
        log.launched(launch, connection)
        connection?.send(.worker(order, launch: programs.program(of: launch.work)))
    }

    /// Keeps what is to run, and the files of drivers that have not ended.
    private mutating func remember(_ record: ClusterRecord, isNews: Bool = true) {
        let former = programs.put(record)
        guard case .driver(let driver) = record else { return }
        if isNews { log.changed(driver) }
        let (was, isNow) = (former.map { !$0.phase.isFinal } ?? false, !driver.phase.isFinal)
        if isNow, !was { daemon.files.hold(driver.description.program) }
        if was, !isNow { daemon.files.release(driver.description.program) }
    }
}

extension RecordChange {
    var key: ClusterRecord.Key {
        switch self {
        case .put(let record): record.key
        case .remove(let key): key
        }
    }

    /// Without changes that a later one of the same transaction replaces.
    static func lastOfEach(_ changes: [RecordChange]) -> [RecordChange] {
        var seen: Set<ClusterRecord.Key> = []
        return changes.reversed().filter { seen.insert($0.key).inserted }.reversed()
    }
}

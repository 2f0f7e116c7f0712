import MartletClusterState
import MartletCore
import Testing

/// A master that leads, and the time. Actions come back as lines; invariants are checked after every event.
struct MasterHost {
    var core: ClusterMaster
    var now = Instant.zero
    var connections = 0

    /// All lines that there were.
    var log: [String] = []

    /// What the master has persisted.
    var records: [ClusterRecord.Key: ClusterRecord] = [:]

    init(_ settings: MasterSettings = MasterSettings(), records: [ClusterRecord] = [], leads: Bool = true) {
        core = ClusterMaster(settings: settings)
        for record in records { self.records[record.key] = record }
        if leads { handle(.becameLeader(records)) }
    }

    @discardableResult
    mutating func handle(_ event: ClusterMaster.Event) -> [ClusterMaster.Action] {
        let actions = core.handle(event, at: now)
        #expect(core.brokenInvariants() == [])
        for action in actions {
            if case .persist(let record) = action { records[record.key] = record }
            if case .remove(let key) = action { records[key] = nil }
        }
        log += actions.compactMap(line)
        return actions
    }

    /// Handles an event, and the round after it.
    @discardableResult
    mutating func tell(_ event: ClusterMaster.Event) -> [String] {
        var actions = handle(event)
        if core.wantsRound { actions += handle(.round) }
        return actions.compactMap(line)
    }

    /// Lets time pass with a tick each second.
    mutating func wait(_ seconds: Int, meanwhile: (inout MasterHost) -> Void = { _ in }) -> [String] {
        (0..<seconds).flatMap { _ in
            now = now + .seconds(1)
            meanwhile(&self)
            return tell(.tick)
        }
    }

    /// A worker `w0` with the id `worker-1-w0-1`.
    @discardableResult
    mutating func worker(_ host: Int, cores: Int = 10, gibibytes: Int = 4, report: WorkReport = .empty) -> [String] {
        connections += 1
        return tell(.registerWorker(describe(host, cores: cores, gibibytes: gibibytes), report, connection: connections))
    }

    func describe(_ host: Int, cores: Int = 10, gibibytes: Int = 4) -> WorkerDescription {
        WorkerDescription(
            id: id(host), address: ClusterAddress(host: "w\(host)", port: 1),
            resources: Resources(cores: cores, memoryBytes: gibibytes << 30))
    }

    func id(_ host: Int) -> WorkerID { WorkerID(date: "1", host: "w\(host)", port: 1) }

    /// An application, whose token is its number; no round comes after it.
    @discardableResult
    mutating func application(
        _ number: Int, coresMax: Int? = nil, each: Int? = nil, mebibytes: Int = 256, limit: Int? = nil, weight: Int = 1
    ) -> ApplicationID {
        connections += 1
        let description = ApplicationDescription(
            name: "\(number)", address: ClusterAddress(host: "a\(number)", port: 1), coresMax: coresMax,
            coresPerExecutor: each, memoryPerExecutorBytes: mebibytes << 20, executorLimit: limit, weight: weight)
        handle(.registerApplication(description, token: UInt64(number), connection: connections, date: "2026"))
        return ApplicationID(date: "2026", number: number)
    }

    func app(_ number: Int) -> ApplicationID { ApplicationID(date: "2026", number: number) }

    /// The cores of each application that has not ended.
    var cores: [Int] { core.status.applications.map(\.cores) }

    /// Ends an executor, wherever it runs.
    @discardableResult
    mutating func end(_ application: Int, _ executor: Int, _ end: WorkEnd = .killed) -> [String] {
        let work = WorkID.executor(app(application), ExecutorID(executor))
        guard let worker = core.status.workers.first(where: { $0.work.contains(work) }) else { return ["nowhere"] }
        return tell(.worker(worker.description.id, .ended(EndedWork(work, end))))
    }

    /// Applications by number, workers and drivers by host and number; persistence is left out.
    private func line(_ action: ClusterMaster.Action) -> String? {
        switch action {
        case .persist, .remove: nil
        case .tellWorker(let id, let order): "\(short(id)) \(short(order.kind))"
        case .answerWorker(_, let id, let order): "\(short(id)) \(short(order.kind))"
        case .tellApplication(let id, let notice): "\(short(id)) \(short(notice))"
        case .answerApplication(_, let notice): "app \(short(notice))"
        case .answerSubmitter(let submitter, let notice): "submitter \(submitter) \(short(notice))"
        case .contactWorker(let address, let order): "contact \(address.host) \(short(order.kind))"
        case .contactApplication(let address, let notice): "contact \(address.host) \(short(notice))"
        }
    }

    private func short(_ id: WorkerID) -> String { String(id.rawValue.split(separator: "-")[2]) }
    private func short(_ id: ApplicationID) -> String { "a\(Int(id.rawValue.suffix(4)) ?? -1)" }

    private func short(_ work: WorkID) -> String {
        switch work {
        case .executor(let application, let executor): "\(short(application)).\(executor)"
        case .driver(let driver, let launch): "d\(Int(driver.rawValue.suffix(4)) ?? -1).\(launch)"
        }
    }

    private func short(_ order: WorkerOrder.Kind) -> String {
        switch order {
        case .launch(let launch): "launch \(short(launch.work)) x\(launch.resources.cores)"
        case .kill(let work): "kill \(short(work))"
        case .acknowledged(let works): "acknowledged \(works.map(short).joined(separator: " "))"
        case .applicationEnded(let id): "ended \(short(id))"
        case .refused(let reason): "refused: \(reason)"
        case .registered, .registerAgain, .standby, .decommission: "\(order)"
        }
    }

    private func short(_ notice: ApplicationNotice) -> String {
        switch notice {
        case .registered(let id, let term): "registered \(short(id)) \(term)"
        case .executorAdded(let executor): "+\(executor.id)@\(executor.host) x\(executor.resources.cores)"
        case .executorChanged(let id, let phase, let reason): "\(id) \(phase)" + (reason.isEmpty ? "" : ": \(reason)")
        case .workerLost(let id, _, _): "lost \(short(id))"
        case .waiting(let reason): "waits: \(reason)"
        case .release(let count): "release \(count)"
        case .removed(let reason): "removed: \(reason)"
        case .refused(let reason): "refused: \(reason)"
        case .alive, .standby, .reconnect: "\(notice)"
        }
    }

    private func short(_ notice: SubmitterNotice) -> String {
        switch notice {
        case .submitted(let id): "submitted \(id)"
        case .status(let status): "\(status.phase) launches \(status.launchCount)" + (status.waits.map { ", waits: \($0)" } ?? "")
        case .waiting(_, let reason): "waits: \(reason)"
        case .killing(let id), .unknown(let id): "\("\(notice)".prefix { $0 != "(" }) \(id)"
        case .refused(let reason): "refused: \(reason)"
        case .standby: "standby"
        }
    }
}

import MartletClusterState
import MartletCore

/// A master's process.
struct SimulatedMaster {
    let settings: MasterSettings
    var core: ClusterMaster
    var isAlive = true
    var isRoundDue = false

    /// Whose connection is whose.
    var applications: [ApplicationID: Int] = [:]

    init(_ settings: MasterSettings) { (self.settings, core) = (settings, ClusterMaster(settings: settings)) }

    static func address(_ index: Int) -> ClusterAddress { ClusterAddress(host: "m\(index)", port: 7077) }
}

extension MasterSimulation {
    func tell(master: Int, _ event: ClusterMaster.Event) {
        guard masters[master].isAlive else { return }
        let actions = masters[master].core.handle(event, at: now)
        for broken in masters[master].core.brokenInvariants() { expect(false, "master \(master): \(broken)") }
        perform(actions, master)
        if masters[master].core.wantsRound, !masters[master].isRoundDue {
            masters[master].isRoundDue = true
            timeline.add(.round(master: master), at: now + random.micros(10...2000))
        }
    }

    private func perform(_ actions: [ClusterMaster.Action], _ master: Int) {
        for action in actions {
            switch action {
            case .persist, .remove:
                // A master that was replaced notices it here, and does nothing of what comes behind.
                if masters[master].core.term < storedTerm {
                    seen.insert("former leader")
                    return tell(master: master, .lostLeadership)
                }
                storedTerm = masters[master].core.term
                if case .persist(let record) = action { records[record.key] = record }
                if case .remove(let key) = action { records[key] = nil }
                // A crash between two actions.
                if !isCalm, random.chance(faults.crashInsidePercent) {
                    seen.insert("crashed while it persisted")
                    return crashMaster(master)
                }
            case .tellWorker(let id, let order):
                if let client = client(of: id) { send(.order(order), Link(client: client, master: master), isToMaster: false) }
            case .tellApplication(let id, let notice):
                if let index = masters[master].applications[id] {
                    send(.notice(notice), Link(client: .application(index), master: master), isToMaster: false)
                }
            case .answerWorker(_, let id, let order):
                if let client = client(of: id) { send(.order(order), Link(client: client, master: master), isToMaster: false) }
            case .answerApplication(let connection, let notice):
                guard let link = connections.first(where: { $0.value == connection })?.key else { continue }
                if case .registered(let id, _) = notice, case .application(let index) = link.client {
                    masters[master].applications[id] = index
                }
                send(.notice(notice), link, isToMaster: false)
            case .answerSubmitter(let index, let notice): answer(index, notice, from: master)
            case .contactWorker(let address, let order):
                guard let machine = workers.firstIndex(where: { $0.address == address }), workers[machine].core != nil else { continue }
                let link = Link(client: .worker(machine, workers[machine].incarnation), master: master)
                if connections[link] == nil { connect(link.client, master) } else { send(.order(order), link, isToMaster: false) }
            case .contactApplication(let address, let notice):
                guard let index = applications.firstIndex(where: { $0.description.address == address }) else { continue }
                let link = Link(client: .application(index), master: master)
                if connections[link] == nil { connect(link.client, master) } else { send(.notice(notice), link, isToMaster: false) }
            }
        }
    }

    private func client(of id: WorkerID) -> Client? {
        workers.firstIndex { $0.core?.description.id == id }.map { .worker($0, workers[$0].incarnation) }
    }

    func crashMaster(_ master: Int) {
        guard masters[master].isAlive else { return }
        seen.insert("master crashed")
        masters[master].isAlive = false
        masters[master].isRoundDue = false
        for link in connections.keys.filter({ $0.master == master }).sorted(by: { "\($0)" < "\($1)" }) { cut(link) }
        if leader == master { leader = nil }
    }

    /// The lease of a leader that has crashed, or sleeps for too long, goes to another master.
    func elect() {
        timeline.add(.election, at: now + .milliseconds(500))
        for index in masters.indices where !masters[index].isAlive && (isCalm || random.chance(30)) {
            masters[index] = SimulatedMaster(masters[index].settings)
            masters[index].isAlive = true
        }
        // A former leader that is awake cannot renew its lease.
        for index in masters.indices where index != leader && (frozenUntil[.master(index)] ?? .zero) <= now {
            if masters[index].core.phase != .standby { tell(master: index, .lostLeadership) }
        }
        let isAsleep = leader.flatMap { frozenUntil[.master($0)] }.map { now + .seconds(1) < $0 } ?? false
        for machine in workers.indices where workers[machine].core == nil && (isCalm || random.chance(20)) { startWorker(machine) }
        guard leader == nil || isAsleep else {
            if let leader, masters[leader].core.phase == .standby { lead(leader) }
            return
        }
        let candidates = masters.indices.filter { masters[$0].isAlive && (frozenUntil[.master($0)] ?? .zero) <= now && $0 != leader }
        if let next = candidates.randomElement(using: &random) { lead(next) }
    }

    private func lead(_ master: Int) {
        leader = master
        if masters[master].core.phase != .standby { tell(master: master, .lostLeadership) }
        let found = records.values.sorted { "\($0.key)" < "\($1.key)" }
        if !found.isEmpty { seen.insert("recovered") }
        tell(master: master, .becameLeader(found))
    }
}

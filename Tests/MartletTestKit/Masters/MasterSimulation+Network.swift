import MartletClusterState
import MartletCore

/// What connects to masters: a worker process, or an application.
enum Client: Hashable {
    case worker(_ machine: Int, _ incarnation: Int)
    case application(Int)
}

struct Link: Hashable {
    let client: Client
    let master: Int
}

/// What the network carries, over one connection; submitters have none, and ask the master that they think of.
struct MasterPacket {
    enum Content {
        case registerWorker(WorkerDescription, WorkReport)
        case worker(WorkerID, WorkerMessage)
        case order(WorkerOrder)
        case registerApplication(ApplicationDescription, token: UInt64)
        case reconnectApplication(ApplicationID, [ExecutorID])
        case application(ApplicationID, ApplicationMessage)
        case notice(ApplicationNotice)
    }

    let link: Link
    let connection: Int
    let content: Content
    let isToMaster: Bool
}

extension MasterSimulation {
    func isCutOff(_ client: Client) -> Bool { cutOffUntil[client].map { now < $0 } ?? false }

    func send(_ content: MasterPacket.Content, _ link: Link, isToMaster: Bool) {
        guard let connection = connections[link], !isCutOff(link.client) else { return }
        let copies = !isCalm && random.chance(faults.repeatsPercent) ? 2 : 1
        if copies == 2 { seen.insert("repeated") }
        for _ in 0..<copies {
            let isLate = !isCalm && random.chance(faults.delaysPercent)
            timeline.add(
                .packet(MasterPacket(link: link, connection: connection, content: content, isToMaster: isToMaster)),
                at: now + random.micros(isLate ? 10_000...3_000_000 : 100...5000))
        }
    }

    func connect(_ client: Client, _ master: Int) {
        let isThere = masters[master].isAlive && !isCutOff(client)
        timeline.add(.connected(client, master: master, isThere: isThere), at: now + random.micros(200...20_000))
    }

    func finishConnecting(_ client: Client, _ master: Int, isThere: Bool) {
        let link = Link(client: client, master: master)
        if connections[link] != nil { return }
        let isThere = isThere && masters[master].isAlive && !isCutOff(client)
        if isThere {
            connectionCount += 1
            connections[link] = connectionCount
        }
        switch client {
        case .worker(let machine, let incarnation):
            guard workers[machine].isAlive(incarnation) else { return connections[link] = nil }
            tell(worker: machine, isThere ? .connected(SimulatedMaster.address(master)) : .disconnected(SimulatedMaster.address(master)))
        case .application(let index):
            guard applications[index].isAlive else { return connections[link] = nil }
            let address = SimulatedMaster.address(master)
            tell(applications[index], isThere ? .connected(address) : .disconnected(address, reason: "it is cut off"))
        }
    }

    /// What is on its way is lost. Both ends notice it, each in its own time.
    func cut(_ link: Link) {
        guard let connection = connections.removeValue(forKey: link) else { return }
        for byMaster in [true, false] {
            timeline.add(
                .noticed(link.client, master: link.master, connection: connection, byMaster: byMaster),
                at: now + random.micros(100...50_000))
        }
    }

    func cutAll(_ client: Client) { for master in masters.indices { cut(Link(client: client, master: master)) } }

    func noticeCut(_ client: Client, _ master: Int) {
        switch client {
        case .worker(let machine, let incarnation):
            // A new connection may have been made meanwhile.
            guard workers[machine].isAlive(incarnation), connections[Link(client: client, master: master)] == nil else { return }
            tell(worker: machine, .disconnected(SimulatedMaster.address(master)))
        case .application(let index):
            guard applications[index].isAlive, connections[Link(client: client, master: master)] == nil else { return }
            tell(applications[index], .disconnected(SimulatedMaster.address(master), reason: "it was cut"))
        }
    }

    func tellOfCut(of client: Client, _ connection: Int, to master: Int) {
        switch client {
        case .worker(let machine, let incarnation):
            tell(master: master, .workerDisconnected(workers[machine].id(incarnation), connection: connection))
        case .application(let index):
            if let id = masters[master].applications.first(where: { $0.value == index })?.key { tell(master: master, .applicationDisconnected(id, connection: connection)) }
        }
    }

    func arrive(_ packet: MasterPacket) {
        guard connections[packet.link] == packet.connection, !isCutOff(packet.link.client) else {
            seen.insert("lost with its connection")
            return
        }
        let master = packet.link.master
        switch packet.content {
        case .registerWorker(let worker, let report):
            tell(master: master, .registerWorker(worker, report, connection: packet.connection))
        case .worker(let id, let message): tell(master: master, .worker(id, message))
        case .registerApplication(let description, let token):
            // The wall clock may jump: dates only make ids readable.
            let date = "2026112804512\(random.within(0...3))"
            tell(master: master, .registerApplication(description, token: token, connection: packet.connection, date: date))
        case .reconnectApplication(let id, let executors):
            tell(master: master, .reconnectApplication(id, having: executors, connection: packet.connection))
        case .application(let id, let message): tell(master: master, .application(id, message))
        case .order(let order):
            guard case .worker(let machine, let incarnation) = packet.link.client, workers[machine].isAlive(incarnation) else { return }
            tell(worker: machine, .order(order, from: SimulatedMaster.address(master)))
        case .notice(let notice):
            guard case .application(let index) = packet.link.client, applications[index].isAlive else { return }
            tell(applications[index], .notice(notice, from: SimulatedMaster.address(master)))
        }
    }
}

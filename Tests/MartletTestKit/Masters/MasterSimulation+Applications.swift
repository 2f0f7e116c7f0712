import MartletClusterState
import MartletCore

/// An application's driver.
final class SimulatedApplication {
    let index: Int
    var machine: ClusterApplication
    var isAlive = true

    /// What it was granted, with the executors that have ended.
    var ended: Set<ExecutorID> = []

    /// Since when it has no executor, and when it was told why.
    var emptySince: Instant? = .zero
    var toldAt: Instant?

    init(_ index: Int, _ machine: ClusterApplication) { (self.index, self.machine) = (index, machine) }

    var id: ApplicationID? { machine.id }
    var description: ApplicationDescription { machine.description }
    var executors: Set<ExecutorID> { machine.executors }
}

extension MasterSimulation {
    func startApplication(_ index: Int) {
        let each = random.chance(50) ? random.within(1...4) : nil
        let description = ApplicationDescription(
            name: "\(index)", address: ClusterAddress(host: "a\(index)", port: 1),
            coresMax: random.chance(30) ? random.within((each ?? 1)...12) : nil, coresPerExecutor: each,
            memoryPerExecutorBytes: random.within(1...5) << 29, executorLimit: random.chance(30) ? random.within(0...4) : nil,
            weight: random.chance(30) ? random.within(1...4) : 1)
        var limits = ClusterApplication.Limits()
        (limits.timeout, limits.endPatience) = (.seconds(3), .seconds(1000))
        let application = SimulatedApplication(
            index,
            ClusterApplication(
                description, masters: masters.indices.map(SimulatedMaster.address), token: UInt64(index), limits: limits, at: now))
        applications.append(application)
        timeline.add(.tick(.client(.application(index))), at: now + random.micros(0...20_000_000))
    }

    func tick(_ application: SimulatedApplication) {
        tell(application, .tick)
        guard application.isAlive, !isCalm else { return }
        if random.chance(2), case .registered(let master) = application.machine.phase, let id = application.id {
            perform(.send(id, .setExecutorLimit(random.within(0...5)), to: master), of: application)
        }
        if random.chance(2), let executor = application.executors.sorted().randomElement(using: &random) { tell(application, .kill(executor)) }
    }

    func endApplication(_ application: SimulatedApplication) {
        if application.isAlive { tell(application, .end(hasFailed: false)) }
    }

    func leave(_ application: SimulatedApplication) {
        application.isAlive = false
        cutAll(.application(application.index))
    }

    /// Tells an application's machine something, and does what it answers.
    func tell(_ application: SimulatedApplication, _ event: ClusterApplication.Event) {
        if case .notice(let notice, _) = event { note(notice, application) }
        for action in application.machine.handle(event, at: now) where application.isAlive {
            perform(action, of: application)
        }
        if !application.executors.isEmpty {
            (application.emptySince, application.toldAt) = (nil, nil)
        } else if application.emptySince == nil {
            application.emptySince = now
        }
    }

    private func perform(_ action: ClusterApplication.Action, of application: SimulatedApplication) {
        func send(_ content: MasterPacket.Content, _ master: ClusterAddress) {
            let index = masters.indices.first { SimulatedMaster.address($0) == master } ?? 0
            self.send(content, Link(client: .application(application.index), master: index), isToMaster: true)
        }
        switch action {
        case .connect(let master):
            let index = masters.indices.first { SimulatedMaster.address($0) == master } ?? 0
            let link = Link(client: .application(application.index), master: index)
            if connections[link] == nil { connect(link.client, index) }
        case .register(let description, let token, let master): send(.registerApplication(description, token: token), master)
        case .reconnect(let id, let executors, let master): send(.reconnectApplication(id, executors), master)
        case .send(let id, let message, let master): send(.application(id, message), master)
        case .registered, .granted: break
        case .exited(let executor, _, _): application.ended.insert(executor)
        case .waiting: application.toldAt = now
        case .release(let count):
            guard count > 0, isCalm || random.chance(50) else { return }
            seen.insert("released")
            for executor in application.executors.sorted().prefix(count) { tell(application, .kill(executor)) }
        case .failed(let reason): noteEnd(reason)
        case .ended: leave(application)
        }
    }

    private func note(_ notice: ApplicationNotice, _ application: SimulatedApplication) {
        switch notice {
        case .registered(let id, _): expect(application.id == nil || application.id == id, "application \(application.index) has got two ids")
        case .refused(let reason): expect(false, "application \(application.index) was refused: \(reason)")
        case .executorAdded(let executor) where application.ended.contains(executor.id): seen.insert("added after its end")
        case .workerLost: seen.insert("worker lost")
        case .waiting(let reason): seen.insert("waits: \("\(reason)".prefix(5))")
        case .removed(let reason): noteEnd(reason)
        default: break
        }
    }

    private func noteEnd(_ reason: String) {
        let words = reason.prefix { $0 != ":" && $0 != "," }
        seen.insert("removed: \(words.contains("in a row") ? "in a row" : words)")
    }
}

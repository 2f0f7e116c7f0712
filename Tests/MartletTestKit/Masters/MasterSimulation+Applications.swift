import MartletClusterState
import MartletCore

/// An application's driver.
final class SimulatedApplication {
    let index: Int
    let token: UInt64
    let description: ApplicationDescription
    var id: ApplicationID?
    var isAlive = true

    /// It has ended, and says so until it is told that the master knows.
    var isEnding = false

    /// The master that it is registered with.
    var master: Int?
    var term = 0
    var heardAt = Instant.zero
    var nextTry = Instant.zero
    var executors: [ExecutorID: GrantedExecutor] = [:]
    var ended: Set<ExecutorID> = []
    var releaseCount = 0

    /// Since when it has no executor, and when it was told why.
    var emptySince: Instant? = .zero
    var toldAt: Instant?

    init(_ index: Int, token: UInt64, _ description: ApplicationDescription) {
        (self.index, self.token, self.description) = (index, token, description)
    }
}

extension MasterSimulation {
    func startApplication(_ index: Int) {
        let each = random.chance(50) ? random.within(1...4) : nil
        let description = ApplicationDescription(
            name: "\(index)", address: ClusterAddress(host: "a\(index)", port: 1),
            coresMax: random.chance(30) ? random.within((each ?? 1)...12) : nil, coresPerExecutor: each,
            memoryPerExecutorBytes: random.within(1...5) << 29, executorLimit: random.chance(30) ? random.within(0...4) : nil,
            weight: random.chance(30) ? random.within(1...4) : 1)
        let application = SimulatedApplication(index, token: UInt64(index), description)
        applications.append(application)
        timeline.add(.tick(.client(.application(index))), at: now + random.micros(0...20_000_000))
    }

    func tick(_ application: SimulatedApplication) {
        if let master = application.master {
            if now - application.heardAt > .seconds(3) {
                application.master = nil
            } else if application.isEnding {
                say(.end(hasFailed: false), application, master)
            } else {
                say(.heartbeat(application.executors.keys.sorted()), application, master)
                answerRelease(application, master)
                if !isCalm { takeChances(application, master) }
            }
        }
        if application.master == nil, now >= application.nextTry {
            application.nextTry = now + .seconds(1)
            for master in masters.indices {
                let link = Link(client: .application(application.index), master: master)
                if connections[link] == nil { connect(link.client, master) } else { greet(application, master) }
            }
        }
    }

    private func answerRelease(_ application: SimulatedApplication, _ master: Int) {
        guard application.releaseCount > 0, isCalm || random.chance(50) else { return }
        seen.insert("released")
        let idle = application.executors.keys.sorted().prefix(application.releaseCount)
        application.releaseCount = 0
        say(.kill(Array(idle)), application, master)
    }

    private func takeChances(_ application: SimulatedApplication, _ master: Int) {
        if random.chance(2) { say(.setExecutorLimit(random.within(0...5)), application, master) }
        if random.chance(2), let executor = application.executors.keys.sorted().randomElement(using: &random) {
            say(.kill([executor]), application, master)
        }
    }

    func say(_ message: ApplicationMessage, _ application: SimulatedApplication, _ master: Int) {
        guard let id = application.id else { return }
        send(.application(id, message), Link(client: .application(application.index), master: master), isToMaster: true)
    }

    func greet(_ application: SimulatedApplication, _ master: Int) {
        let link = Link(client: .application(application.index), master: master)
        if let id = application.id {
            send(.reconnectApplication(id, application.executors.keys.sorted()), link, isToMaster: true)
        } else {
            send(.registerApplication(application.description, token: application.token), link, isToMaster: true)
        }
    }

    func endApplication(_ application: SimulatedApplication) { if application.isAlive { application.isEnding = true } }

    func leave(_ application: SimulatedApplication) {
        application.isAlive = false
        cutAll(.application(application.index))
    }

    func receive(_ notice: ApplicationNotice, _ application: SimulatedApplication, from master: Int) {
        if application.master == master { application.heardAt = now }
        switch notice {
        case .registered(let id, let term):
            expect(application.id == nil || application.id == id, "application \(application.index) has got two ids")
            application.id = id
            guard term >= application.term else { return }
            (application.term, application.master, application.heardAt) = (term, master, now)
        case .alive: break
        case .standby: if application.master == master { application.master = nil }
        case .reconnect: greet(application, master)
        case .refused(let reason): expect(false, "application \(application.index) was refused: \(reason)")
        case .executorAdded(let executor):
            // What it has given up does not come back.
            if application.ended.contains(executor.id) { return say(.kill([executor.id]), application, master) }
            application.executors[executor.id] = executor
            (application.emptySince, application.toldAt) = (nil, nil)
        case .executorChanged(let executor, let phase, _):
            guard phase.isFinal else { return }
            application.ended.insert(executor)
            application.executors[executor] = nil
            if application.executors.isEmpty, application.emptySince == nil { application.emptySince = now }
        case .workerLost: seen.insert("worker lost")
        case .waiting(let reason):
            seen.insert("waits: \("\(reason)".prefix(5))")
            application.toldAt = now
        case .release(let count): application.releaseCount = count
        case .removed(let reason):
            let words = reason.prefix { $0 != ":" && $0 != "," }
            seen.insert("removed: \(words.contains("in a row") ? "in a row" : words)")
            leave(application)
        }
    }
}

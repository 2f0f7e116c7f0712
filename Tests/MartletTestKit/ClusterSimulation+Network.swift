import MartletCore
import MartletScheduler
import MartletStatistics

/// What the network carries. The driver's place is -1, a machine's its index: the process there gets what arrives.
enum Packet {
    case hello(ExecutorID, connection: Int, incarnation: UInt64, image: String)
    case welcome(to: UInt64, connection: Int)
    case refusal(connection: Int)
    case ready(ExecutorAddress, slots: Int)
    case toDriver(ExecutorID, LinkFrame<Letter<ExecutorMessage>>)
    case toExecutor(LinkFrame<Letter<DriverMessage>>)
}

extension ClusterSimulation {
    static var driverPlace: Int { -1 }
    static var driverIncarnation: UInt64 { 1 }
    static var image: String { "an image" }

    /// Sends a packet between the driver and a machine; the network does with it what it likes.
    func send(_ packet: Packet, from sender: Int, to receiver: Int) {
        let machine = max(sender, receiver)
        if now < cutUntil[machine] || sender == machine && now < muteUntil[machine] { return }
        let copies = isCalm ? 1 : random.chance(faults.losesPercent) ? 0 : random.chance(faults.repeatsPercent) ? 2 : 1
        for _ in 0..<copies {
            let isLate = !isCalm && random.chance(faults.delaysPercent)
            timeline.add(.packet(packet, to: receiver), at: now + random.micros(isLate ? 1000...80_000 : 100...2000))
        }
    }

    func arrive(_ packet: Packet, at place: Int, _ happening: Happening) {
        if place == Self.driverPlace { return isPaused(happening) ? () : arriveAtDriver(packet) }
        guard let process = machines[place], process.isAlive else { return }
        if now < process.frozenUntil { return timeline.add(happening, at: process.frozenUntil) }
        switch packet {
        case .welcome(let incarnation, let connection)
        where incarnation == process.incarnation && connection == process.connection:
            (process.isConnected, process.hasHeard) = (true, false)
            if process.link == nil {
                process.link = ExecutorLink(
                    local: incarnation, peer: Self.driverIncarnation, retransmitAfter: .milliseconds(30))
            } else {
                perform(process.link?.handle(.reconnected, at: now) ?? [], of: process)
            }
        case .refusal(let connection) where connection == process.connection:
            seen.insert(process.image == Self.image ? "refused, and not wanted" : "another program")
            end(process.address.id, isFault: false)
        case .toExecutor(let frame):
            if frame.receiver == process.incarnation { process.hasHeard = true }
            let actions = process.link?.handle(.received(frame), at: now) ?? []
            if (process.link?.strangeFrameCount ?? 0) > 0 { seen.insert("strange frame") }
            expect((process.link?.earlyCount ?? 0) <= ExecutorLink.window, "the reorder buffer is too large")
            perform(actions, of: process)
        case .welcome, .refusal: seen.insert("packet of another process")
        case .hello, .ready, .toDriver: expect(false, "a machine got what is meant for the driver")
        }
    }

    private func arriveAtDriver(_ packet: Packet) {
        switch packet {
        case .hello(let id, let connection, let incarnation, let image):
            tell(.hello(id, connection: connection, incarnation: incarnation, image: image))
        case .ready(let address, let slots):
            // Comes over a connection that was accepted.
            guard connections[address.id] != nil else { return }
            if core.isRegistered(address.id) { seen.insert("registered again") }
            tell(.registered(address, slots: slots))
        case .toDriver(let id, let frame):
            if links[id] == nil { seen.insert("zombie") }
            perform(links[id]?.handle(.received(frame), at: now) ?? [], to: id)
        case .welcome, .refusal, .toExecutor: expect(false, "the driver got what is meant for an executor")
        }
    }

    /// A process opens a connection, instead of the one before.
    func sayHello(_ process: SimulatedExecutor) {
        let machine = machineOf[process.address.id] ?? 0
        connectionCount += 1
        process.connection = connectionCount
        machineOfConnection[connectionCount] = machine
        send(
            .hello(
                process.address.id, connection: connectionCount, incarnation: process.incarnation, image: process.image),
            from: machine, to: Self.driverPlace)
    }

    /// The driver uses a connection from now on.
    func accept(_ id: ExecutorID, _ connection: Int) {
        guard let incarnation = processes[id]?.incarnation else { return expect(false, "executor \(id) is unknown") }
        connections[id] = connection
        send(.welcome(to: incarnation, connection: connection), from: Self.driverPlace, to: machineOf[id] ?? 0)
        if links[id] == nil {
            links[id] = DriverLink(
                local: Self.driverIncarnation, peer: incarnation, retransmitAfter: .milliseconds(30))
        } else {
            seen.insert("reconnected")
            perform(links[id]?.handle(.reconnected, at: now) ?? [], to: id)
        }
    }

    /// What the driver's end of a link wants.
    func perform(_ actions: [DriverLink.Action], to id: ExecutorID) {
        for action in actions {
            switch action {
            case .transmit(let frame): send(.toExecutor(frame), from: Self.driverPlace, to: machineOf[id] ?? 0)
            case .deliver(let letter):
                reportedRows = letter.rows
                if case .taskEnded(let report) = letter.message, let failure = report.failure {
                    seen.insert(failure.word)
                }
                tell(.message(id, letter.message))
                reportedRows = nil
            case .overflow: expect(false, "a link overflows")
            }
        }
    }

    /// What an executor's end of the link wants.
    func perform(_ actions: [ExecutorLink.Action], of process: SimulatedExecutor) {
        for action in actions where process.isAlive {
            switch action {
            case .transmit(let frame):
                let machine = machineOf[process.address.id] ?? 0
                send(.toDriver(process.address.id, frame), from: machine, to: Self.driverPlace)
            case .deliver(let letter): tell(process, .message(letter.message))
            case .overflow: expect(false, "a link overflows")
            }
        }
    }
}

import MartletCore
import MartletScheduler

/// What the network carries. The driver's place is -1, a machine's its index: whoever is there gets what arrives.
enum Packet {
    case hello(ExecutorAddress, slots: Int, incarnation: UInt64)
    case welcome(to: UInt64)
    case goodbye(to: UInt64, reason: String)
    case toDriver(ExecutorID, LinkFrame<Letter<ExecutorMessage>>)
    case toExecutor(LinkFrame<Letter<DriverMessage>>)
}

extension ClusterSimulation {
    static var driverPlace: Int { -1 }
    static var driverIncarnation: UInt64 { 1 }

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
        case .welcome(let incarnation) where incarnation == process.incarnation && process.link == nil:
            process.link = ExecutorLink(
                local: incarnation, peer: Self.driverIncarnation, retransmitAfter: .milliseconds(30))
        case .goodbye(let incarnation, let reason) where incarnation == process.incarnation:
            seen.insert("goodbye")
            tell(process, .driverLost(reason: reason))
        case .toExecutor(let frame):
            let actions = process.link?.handle(.received(frame), at: now) ?? []
            if (process.link?.strangeFrameCount ?? 0) > 0 { seen.insert("strange frame") }
            expect((process.link?.earlyCount ?? 0) <= ExecutorLink.window, "the reorder buffer is too large")
            perform(actions, of: process)
        case .welcome, .goodbye: seen.insert("packet of another process")
        case .hello, .toDriver: expect(false, "a machine got what is meant for the driver")
        }
    }

    private func arriveAtDriver(_ packet: Packet) {
        switch packet {
        case .hello(let address, let slots, let incarnation):
            if core.addresses.contains(where: { $0.id == address.id }) {
                seen.insert("hello again")
            } else {
                incarnations[address.id] = incarnation
            }
            tell(.registered(address, slots: slots))
            guard core.addresses.contains(where: { $0.id == address.id }) else { return }
            send(.welcome(to: incarnation), from: Self.driverPlace, to: machineOf[address.id] ?? 0)
        case .toDriver(let id, let frame):
            guard links[id] != nil else {
                seen.insert("zombie")
                let goodbye = Packet.goodbye(to: frame.sender, reason: "nobody knows you")
                return send(goodbye, from: Self.driverPlace, to: machineOf[id] ?? 0)
            }
            perform(links[id]?.handle(.received(frame), at: now) ?? [], to: id)
        case .welcome, .goodbye, .toExecutor: expect(false, "the driver got what is meant for an executor")
        }
    }

    /// What the driver's end of a link wants.
    func perform(_ actions: [DriverLink.Action], to id: ExecutorID) {
        for action in actions {
            switch action {
            case .transmit(let frame): send(.toExecutor(frame), from: Self.driverPlace, to: machineOf[id] ?? 0)
            case .deliver(let letter):
                reportedRows = letter.rows
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

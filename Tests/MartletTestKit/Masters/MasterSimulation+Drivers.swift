import MartletClusterState
import MartletCore

/// A driver that is submitted to the cluster, and who submits it.
struct SimulatedDriver {
    let token: UInt64
    let description: DriverDescription
    var id: DriverID?
    var isToBeKilled = false
    var end: DriverStatus?

    /// The master has forgotten it, as it may some time after its end.
    var isForgotten = false
}

extension MasterSimulation {
    func addDriver(_ index: Int) {
        let resources = Resources(cores: random.within(1...3), memoryBytes: random.within(1...3) << 30)
        let isSupervised = random.chance(50)
        drivers.append(
            SimulatedDriver(
                token: UInt64(index), description: DriverDescription(name: "\(index)", resources: resources, isSupervised: isSupervised)))
        timeline.add(.submit(index), at: now + random.micros(0...20_000_000))
    }

    /// Asks until the driver has ended.
    func submit(_ index: Int) {
        let driver = drivers[index]
        if driver.end != nil || driver.isForgotten { return }
        timeline.add(.submit(index), at: now + .seconds(1))
        let master = leader ?? random.within(0...masters.count - 1)
        if (frozenUntil[.master(master)] ?? .zero) > now { return }
        if !isCalm, random.chance(2) { drivers[index].isToBeKilled = true }
        guard let id = driver.id else {
            let date = "2026112804512\(random.within(0...3))"
            return tell(master: master, .submitDriver(driver.description, token: driver.token, submitter: index, date: date))
        }
        if driver.isToBeKilled { tell(master: master, .killDriver(id, submitter: index)) } else {
            tell(master: master, .driverStatus(id, submitter: index))
        }
    }

    func answer(_ index: Int, _ notice: SubmitterNotice, from master: Int) {
        guard drivers.indices.contains(index), isCalm || random.chance(80) else { return }
        switch notice {
        case .standby, .killing: break
        case .refused(let reason): expect(false, "driver \(index) was refused: \(reason)")
        case .submitted(let id):
            expect(drivers[index].id == nil || drivers[index].id == id, "driver \(index) has got two ids")
            drivers[index].id = id
        case .waiting: seen.insert("driver waits")
        case .status(let status):
            if status.phase == .relaunching || status.launchCount > 1 { seen.insert("relaunched") }
            guard status.phase.isFinal else { return }
            seen.insert("driver \(status.phase)")
            drivers[index].end = status
            if drivers[index].description.isSupervised {
                expect(status.phase == .finished || status.phase == .killed, "supervised driver \(index) ended as \(status.phase)")
            }
            expect(status.phase != .killed || drivers[index].isToBeKilled, "driver \(index) was killed by nobody")
        case .unknown:
            // A former leader does not know what was submitted since.
            guard leader == master, masters[master].core.phase == .alive else { return }
            expect(masters[master].settings.retainedDrivers < drivers.count, "driver \(index) is unknown")
            drivers[index].isForgotten = true
        }
    }
}

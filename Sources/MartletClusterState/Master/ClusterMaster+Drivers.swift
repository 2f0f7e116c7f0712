import MartletCore

extension ClusterMaster {
    /// A driver for the cluster. A token that is known is the same submission again.
    mutating func submit(_ description: DriverDescription, token: UInt64, submitter: Int, date: String, at now: Instant) {
        if let id = driverOfToken[token] {
            ignoredMessageCount += 1
            drivers[id]?.submitter = submitter
            return actions.append(.answerSubmitter(submitter, .submitted(id)))
        }
        if let problem = description.problem {
            return actions.append(.answerSubmitter(submitter, .refused(reason: problem)))
        }
        let id = DriverID(date: date, number: record.driverCount)
        record.driverCount += 1
        let driver = DriverRecord(
            id: id, number: record.driverCount, description: description, token: token, phase: .submitted)
        drivers.add(id, DriverState(record: driver, submitter: submitter, waitingSince: now))
        driverOfToken[token] = id
        persist(.master(record))
        persist(.driver(driver))
        actions.append(.answerSubmitter(submitter, .submitted(id)))
        wantsRound = true
    }

    mutating func launchDriver(_ id: DriverID, on worker: WorkerID, at now: Instant) {
        guard var record = drivers[id]?.record else { return }
        record.launchCount += 1
        (record.phase, record.worker) = (.running, worker)
        drivers[id]?.record = record
        drivers[id]?.told = nil
        persist(.driver(record))
        launch(
            .driver(id, launch: record.launchCount), on: worker, record.description.resources,
            isSupervised: record.description.isSupervised, at: now)
    }

    /// The process of a driver has ended for good, or its worker was lost.
    mutating func end(_ id: DriverID, _ end: WorkEnd, at now: Instant) {
        guard let driver = drivers[id] else { return }
        if driver.record.isKilled { return finish(id, .killed) }
        switch end {
        case .refused: waitAgain(id, .submitted, at: now)
        case .lost where driver.record.description.isSupervised: waitAgain(id, .relaunching, at: now)
        case .killed, .failed, .exited, .lost: finish(id, end)
        }
    }

    private mutating func waitAgain(_ id: DriverID, _ phase: DriverPhase, at now: Instant) {
        drivers[id]?.record.phase = phase
        drivers[id]?.record.worker = nil
        drivers[id]?.waitingSince = now
        if let record = drivers[id]?.record { persist(.driver(record)) }
        wantsRound = true
    }

    private mutating func finish(_ id: DriverID, _ end: WorkEnd) {
        guard let driver = drivers.remove(id) else { return }
        var record = driver.record
        (record.phase, record.end) = (end.driverPhase, end)
        persist(.driver(record))
        retain(record)
        if let submitter = driver.submitter { actions.append(.answerSubmitter(submitter, .status(status(of: record)))) }
    }

    /// Its end can be asked for until others have ended after it.
    mutating func retain(_ ended: DriverRecord) {
        endedDrivers.add(ended.id, ended)
        driverOfToken[ended.token] = ended.id
        guard endedDrivers.count > settings.retainedDrivers, let oldest = endedDrivers.keys.first else { return }
        if let token = endedDrivers.remove(oldest)?.token { driverOfToken[token] = nil }
        actions.append(.remove(.driver(oldest)))
    }

    /// A driver is to end, and not to be launched again.
    mutating func kill(_ id: DriverID, submitter: Int, at now: Instant) {
        guard let driver = drivers[id] else { return tellStatus(of: id, submitter: submitter, at: now) }
        actions.append(.answerSubmitter(submitter, .killing(id: id.rawValue)))
        if driver.isWaiting { return finish(id, .killed) }
        guard !driver.record.isKilled else { return }
        drivers[id]?.record.isKilled = true
        if let record = drivers[id]?.record { persist(.driver(record)) }
        if let worker = driver.record.worker { kill(driver.work, on: worker) }
    }

    func status(of record: DriverRecord, waits: WaitReason? = nil) -> DriverStatus {
        DriverStatus(
            id: record.id, phase: record.phase, worker: record.worker, launchCount: record.launchCount, end: record.end,
            waits: waits)
    }

    mutating func tellStatus(of id: DriverID, submitter: Int, at now: Instant) {
        if let driver = drivers[id] {
            var waits: WaitReason?
            if driver.isWaiting {
                var rooms = Rooms(workers)
                waits = reason(driver, &rooms, ahead: drivers.keys.prefix { $0 != id }.count)
            }
            actions.append(.answerSubmitter(submitter, .status(status(of: driver.record, waits: waits))))
        } else {
            actions.append(
                .answerSubmitter(submitter, endedDrivers[id].map { .status(status(of: $0)) } ?? .unknown(id: id.rawValue)))
        }
    }
}

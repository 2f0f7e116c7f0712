import MartletCore

extension ClusterMaster {
    /// This master leads. Workers and applications of the records are asked to come back.
    mutating func recover(_ records: [ClusterRecord], at now: Instant) {
        phase = .recovering(deadline: now + settings.recoveryTimeout)
        tickedAt = now
        var (masterRecord, applicationRecords, driverRecords) = (record, [ApplicationRecord](), [DriverRecord]())
        for found in records {
            switch found {
            case .master(let master) where master.term >= masterRecord.term: masterRecord = master
            case .master: break
            case .worker(let worker):
                guard workerOfAddress[worker.address] == nil, !workers.contains(worker.id) else { continue }
                workers.add(
                    worker.id, WorkerState(description: worker, phase: .unknown, liveness: Liveness(connection: nil, at: now)))
                workerOfAddress[worker.address] = worker.id
            case .application(let application): applicationRecords.append(application)
            case .driver(let driver): driverRecords.append(driver)
            }
        }
        record = masterRecord
        record.term += 1
        record.applicationCount = max(record.applicationCount, applicationRecords.map(\.number).max() ?? 0)
        record.driverCount = max(record.driverCount, driverRecords.map(\.number).max() ?? 0)
        persist(.master(record))
        for application in applicationRecords.sorted(by: { $0.number < $1.number }) {
            add(application, phase: .unknown, connection: nil, at: now)
        }
        for driver in driverRecords.sorted(by: { $0.number < $1.number }) { recover(driver, at: now) }
        unknownCount = workers.count + applications.count
        for id in workers.keys {
            if let address = workers[id]?.description.address {
                actions.append(.contactWorker(address, WorkerOrder(term: record.term, .registerAgain)))
            }
        }
        for id in applications.keys {
            if let address = applications[id]?.description.address { actions.append(.contactApplication(address, .reconnect)) }
        }
        completeRecoveryIfPossible(at: now)
    }

    private mutating func recover(_ found: DriverRecord, at now: Instant) {
        if found.phase.isFinal { return retain(found) }
        var driver = DriverState(record: found, submitter: nil, waitingSince: now)
        if !driver.isWaiting { driver.record.phase = .unknown }
        drivers.add(found.id, driver)
        driverOfToken[found.token] = found.id
    }

    /// Recovery is complete when all have come back, or at the deadline.
    mutating func completeRecoveryIfPossible(at now: Instant) {
        guard case .recovering(let deadline) = phase, unknownCount == 0 || now >= deadline else { return }
        phase = .completingRecovery
        for id in workers.keys where workers[id]?.phase == .unknown { lose(id, "it did not come back to the new master", at: now) }
        for id in applications.keys where applications[id]?.phase == .unknown {
            remove(id, .finished, "it did not come back to the new master", at: now)
        }
        for id in drivers.keys where drivers[id]?.record.phase == .unknown {
            end(id, .lost(reason: "its worker does not have it any more"), at: now)
        }
        for id in applications.keys {
            let listed = applications[id]?.listed ?? []
            applications[id]?.listed = []
            tellDifference(id, having: listed)
        }
        phase = .alive
        wantsRound = true
    }
}

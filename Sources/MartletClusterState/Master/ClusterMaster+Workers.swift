import MartletCore

extension ClusterMaster {
    /// A worker registers, again if it is known: over a new connection, or with a master that does not know it.
    mutating func register(_ worker: WorkerDescription, _ report: WorkReport, connection: Int, at now: Instant) {
        let id = worker.id
        guard worker.resources.cores > 0, worker.resources.memoryBytes > 0,
            workers[id].map({ $0.description == worker }) ?? true
        else {
            ignoredMessageCount += 1
            let order = WorkerOrder(term: record.term, .refused(reason: "\(id) offers \(worker.resources), which cannot be"))
            return actions.append(.answerWorker(connection: connection, id, order))
        }
        // Two processes cannot listen at one address: the former one has ended.
        if let former = workerOfAddress[worker.address], former != id {
            lose(former, "\(id) has taken its place", at: now)
        }
        if !workers.contains(id) {
            workers.add(id, WorkerState(description: worker, phase: .alive, liveness: Liveness(connection: connection, at: now)))
            workerOfAddress[worker.address] = id
            lostWorkers.remove(id)
            persist(.worker(worker))
        } else if workers[id]?.phase == .unknown {
            workers[id]?.phase = .alive
            unknownCount -= 1
        }
        workers[id]?.liveness.connect(connection, at: now)
        actions.append(.answerWorker(connection: connection, id, WorkerOrder(term: record.term, .registered)))
        reconcile(id, report, isNewConnection: true, at: now)
        wantsRound = true
    }

    mutating func receive(_ message: WorkerMessage, from id: WorkerID, at now: Instant) {
        // Nothing is to be waited for, also where it has not come back to a new leader.
        if case .leaving(let reason) = message, workers.contains(id) { return lose(id, reason, at: now) }
        guard let worker = workers[id], worker.phase != .unknown else {
            ignoredMessageCount += 1
            return tell(id, .registerAgain)
        }
        workers[id]?.liveness.hear(at: now)
        switch message {
        case .report(let report): reconcile(id, report, isNewConnection: false, at: now)
        case .started(let work): start(work, on: id, at: now)
        case .ended(let ended):
            end(ended, on: id, at: now)
            tell(id, .acknowledged([ended.work]))
        case .leaving: break
        }
    }

    /// A worker that was to end when nothing runs there has ended; any other may come back.
    mutating func disconnect(_ id: WorkerID, connection: Int, at now: Instant) {
        guard workers[id]?.liveness.disconnect(connection, at: now) == true else {
            ignoredMessageCount += 1
            return
        }
        if let worker = workers[id], worker.phase == .decommissioned, worker.work.isEmpty {
            lose(id, "it was decommissioned", at: now)
        }
    }

    /// A worker is given up, with all that runs there.
    mutating func lose(_ id: WorkerID, _ reason: String, at now: Instant) {
        guard let worker = workers[id] else { return }
        if worker.phase == .unknown { unknownCount -= 1 }
        // First: a master that has lost its leadership without knowing it goes no further.
        actions.append(.remove(.worker(id)))
        let host = worker.description.address.host
        for work in worker.work.keys.sorted() {
            end(EndedWork(work, .lost(reason: "worker \(id) on \(host) was lost: \(reason)")), on: id, at: now)
        }
        workers.remove(id)
        workerOfAddress[worker.description.address] = nil
        lostWorkers.add(id, reason)
        if lostWorkers.count > settings.retainedWorkers, let oldest = lostWorkers.keys.first { lostWorkers.remove(oldest) }
        for application in applications.keys where applications[application]?.workers.remove(id) != nil {
            tell(application, .workerLost(id, host: host, reason: reason))
        }
    }

    /// A worker takes nothing new, and its executors count as their applications' no more, so that others can take their place.
    mutating func decommission(_ id: WorkerID, isToBeTold: Bool) {
        guard let worker = workers[id], worker.phase == .alive else {
            ignoredMessageCount += 1
            return
        }
        workers[id]?.phase = .decommissioned
        if isToBeTold { tell(id, .decommission) }
        for work in worker.work.keys.sorted() {
            guard case .executor(let application, let executor) = work,
                let state = applications[application]?.executors[executor], state.phase != .decommissioned
            else { continue }
            applications[application]?.executors[executor]?.phase = .decommissioned
            applications[application]?.drop(state)
            let reason = "worker \(id) is being decommissioned"
            tell(application, .executorChanged(executor, .decommissioned, reason: reason))
        }
        wantsRound = true
    }
}

import MartletCore

extension ClusterMaster {
    /// A new application; one whose token is known is the same again, over a new connection.
    mutating func register(
        _ description: ApplicationDescription, token: UInt64, connection: Int, date: String, at now: Instant
    ) {
        if let id = applicationOfToken[token] {
            ignoredMessageCount += 1
            guard applications.contains(id) else {
                let reason = endedApplications[id]?.reason ?? "it has ended"
                return actions.append(.answerApplication(connection: connection, .removed(reason: reason)))
            }
            // It may know nothing of what it was told, and does no harm to itself where it does.
            return reconnect(id, having: [], connection: connection, at: now)
        }
        if let problem = description.problem {
            return actions.append(.answerApplication(connection: connection, .refused(reason: problem)))
        }
        let id = ApplicationID(date: date, number: record.applicationCount)
        record.applicationCount += 1
        let application = ApplicationRecord(
            id: id, number: record.applicationCount, description: description, token: token,
            executorLimit: description.executorLimit, firstUnusedExecutor: ExecutorID(0))
        add(application, phase: .waiting, connection: connection, at: now)
        persist(.master(record))
        persist(.application(application))
        actions.append(.answerApplication(connection: connection, .registered(id, term: record.term)))
        wantsRound = true
    }

    mutating func add(_ record: ApplicationRecord, phase: ApplicationPhase, connection: Int?, at now: Instant) {
        applications.add(record.id, ApplicationState(record: record, phase: phase, connection: connection, at: now))
        applicationOfToken[record.token] = record.id
    }

    /// An application is there over a new connection. It is told what it does not know; during recovery, when that is complete.
    mutating func reconnect(_ id: ApplicationID, having executors: [ExecutorID], connection: Int, at now: Instant) {
        guard let application = applications[id] else {
            ignoredMessageCount += 1
            let reason = endedApplications[id]?.reason ?? "the master does not know it"
            return actions.append(.answerApplication(connection: connection, .removed(reason: reason)))
        }
        applications[id]?.liveness.connect(connection, at: now)
        if application.phase == .unknown {
            unknownCount -= 1
            applications[id]?.phase = application.executors.isEmpty ? .waiting : .running
        }
        actions.append(.answerApplication(connection: connection, .registered(id, term: record.term)))
        applications[id]?.askedCount = 0
        applications[id]?.told = nil
        if phase == .alive { tellDifference(id, having: Set(executors)) } else { applications[id]?.listed.formUnion(executors) }
        wantsRound = true
    }

    private func has(_ application: ApplicationState, exactly executors: [ExecutorID]) -> Bool {
        executors.count == application.executors.count && executors.allSatisfy { application.executors[$0] != nil }
    }

    /// What an application does not know may also be on its way: it is told twice then.
    mutating func tellDifference(_ id: ApplicationID, having listed: Set<ExecutorID>) {
        guard let application = applications[id] else { return }
        for executor in listed.sorted() where application.executors[executor] == nil {
            tell(id, .executorChanged(executor, .lost, reason: "the master does not know it"))
        }
        for (executor, state) in application.executors.sorted(by: { $0.key < $1.key }) {
            if !listed.contains(executor) { tellAdded(executor, of: id, state) }
            if state.phase != .launching { tell(id, .executorChanged(executor, state.phase, reason: "")) }
        }
    }

    mutating func receive(_ message: ApplicationMessage, from id: ApplicationID, at now: Instant) {
        guard let application = applications[id], application.phase != .unknown else {
            ignoredMessageCount += 1
            return tell(id, applications.contains(id) ? .reconnect : .removed(reason: endedApplications[id]?.reason ?? "unknown"))
        }
        applications[id]?.liveness.hear(at: now)
        switch message {
        case .heartbeat(let executors):
            tell(id, .alive)
            if phase == .alive, !has(application, exactly: executors) { tellDifference(id, having: Set(executors)) }
        case .setExecutorLimit(let limit):
            guard limit >= 0, limit != application.record.executorLimit else {
                ignoredMessageCount += 1
                return
            }
            applications[id]?.record.executorLimit = limit
            if let record = applications[id]?.record { persist(.application(record)) }
            wantsRound = true
        case .kill(let executors):
            for executor in executors {
                guard let state = application.executors[executor] else {
                    ignoredMessageCount += 1
                    continue
                }
                if applications[id]?.executors[executor]?.isKilled == false { applications[id]?.killedCount += 1 }
                applications[id]?.executors[executor]?.isKilled = true
                kill(.executor(id, executor), on: state.worker)
            }
        case .end(let hasFailed): remove(id, hasFailed ? .failed : .finished, "it has ended", at: now)
        }
    }

    /// An application has ended, or is given up. Its executors are killed, and take their cores until they have ended.
    mutating func remove(_ id: ApplicationID, _ phase: ApplicationPhase, _ reason: String, at now: Instant) {
        guard let application = applications.remove(id) else { return }
        if application.phase == .unknown { unknownCount -= 1 }
        // First: a master that has lost its leadership without knowing it goes no further.
        actions.append(.remove(.application(id)))
        for (executor, state) in application.executors.sorted(by: { $0.key < $1.key }) {
            kill(.executor(id, executor), on: state.worker)
        }
        for worker in application.workers.sorted() { tell(worker, .applicationEnded(id)) }
        tell(id, .removed(reason: reason))
        endedApplications.add(id, EndedApplication(token: application.record.token, phase: phase, reason: reason))
        if endedApplications.count > settings.retainedApplications, let oldest = endedApplications.keys.first {
            if let token = endedApplications.remove(oldest)?.token { applicationOfToken[token] = nil }
        }
        wantsRound = true
    }

    /// An operator ends an application.
    mutating func kill(_ id: ApplicationID, submitter: Int, at now: Instant) {
        let isKnown = applications.contains(id) || endedApplications.contains(id)
        remove(id, .killed, "it was killed by an operator", at: now)
        actions.append(.answerSubmitter(submitter, isKnown ? .killing(id: id.rawValue) : .unknown(id: id.rawValue)))
    }
}

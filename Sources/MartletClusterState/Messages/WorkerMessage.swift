/// What a registered worker tells a master. All of it may come twice or late: the master compares it with what it knows.
package enum WorkerMessage: Hashable, Sendable, Codable {
    /// A sign of life, several times in each time-out, with what runs.
    case report(WorkReport)

    /// A process has started.
    case started(WorkID)

    /// A process has ended. The end stands in each report until the master acknowledges it.
    case ended(EndedWork)

    /// The worker ends. The last message; lost, the worker is silent.
    case leaving(reason: String)
}

/// All that a worker runs.
package struct WorkReport: Hashable, Sendable, Codable {
    /// The newest launch that it has seen: what was launched before, and is in none of the lists, does not exist there.
    package var lastLaunch: LaunchNumber
    package var processes: [RunningWork] = []

    /// Ends that the master has not acknowledged.
    package var ended: [EndedWork] = []
    package var isDecommissioned = false

    package init(lastLaunch: LaunchNumber) { self.lastLaunch = lastLaunch }

    package static let empty = WorkReport(lastLaunch: .none)
}

/// A process that a worker runs, or is about to run.
package struct RunningWork: Hashable, Sendable, Codable {
    package let launch: Launch

    /// False until the process has started, and while a supervised driver waits to be restarted.
    package let isRunning: Bool

    package init(launch: Launch, isRunning: Bool) { (self.launch, self.isRunning) = (launch, isRunning) }
}

/// A process of a worker that has ended.
package struct EndedWork: Hashable, Sendable, Codable {
    package let work: WorkID
    package let end: WorkEnd

    package init(_ work: WorkID, _ end: WorkEnd) { (self.work, self.end) = (work, end) }
}

/// What a master tells a worker. A worker drops what comes from a smaller term than it has seen.
package struct WorkerOrder: Hashable, Sendable, Codable {
    package let term: Int
    package let kind: Kind

    package init(term: Int, _ kind: Kind) { (self.term, self.kind) = (term, kind) }

    package enum Kind: Hashable, Sendable, Codable {
        /// The worker's registration counts. Repeated: nothing.
        case registered

        /// The worker is to end; its registration cannot be accepted.
        case refused(reason: String)

        /// The sender does not know the worker, or leads since now: the worker is to register.
        case registerAgain

        /// The sender does not lead.
        case standby

        /// The worker is to run a process. Launches come with growing numbers: another one is a repetition, or was overtaken,
        /// and is dropped; the master sees in the next report that it was not seen.
        case launch(Launch)

        /// The worker is to end a process. Repeated, or the process is not there: nothing.
        case kill(WorkID)

        /// The answer to each report; these ends need not be reported again.
        case acknowledged([WorkID])

        /// What the worker keeps for an application may be removed. Repeated: nothing.
        case applicationEnded(ApplicationID)

        /// The worker is to take nothing new, and to end when nothing runs on it. Repeated: nothing.
        case decommission
    }
}

package import MartletCore

/// What a registered application tells a master.
package enum ApplicationMessage: Hashable, Sendable, Codable {
    /// A sign of life, several times in each time-out, with the executors that it has. Answered with `alive`, and with what it
    /// does not know.
    case heartbeat([ExecutorID])

    /// It wants so many executors in all. Those that it has are not killed by this.
    case setExecutorLimit(Int)

    /// It does not need these executors. If the limit allows it, others take their place.
    case kill([ExecutorID])

    /// It has ended. The last message; repeated, it is answered with `removed`.
    case end(hasFailed: Bool)
}

/// What a master tells an application.
package enum ApplicationNotice: Hashable, Sendable, Codable {
    /// Its registration counts. The number tells masters apart.
    case registered(ApplicationID, term: Int)

    /// The answer to a heartbeat.
    case alive

    /// The sender does not lead.
    case standby

    /// The sender leads since now, and the application is to reconnect.
    case reconnect

    /// What it asks for makes no sense.
    case refused(reason: String)

    /// An executor is being started for it. Repeated: nothing. One that it has given up before is to be killed.
    case executorAdded(GrantedExecutor)

    /// An executor runs, ends, or is on a worker that is being decommissioned. The end comes after `executorAdded`.
    case executorChanged(ExecutorID, ExecutorPhase, reason: String)

    /// A worker is gone, with all that it kept. The ends of its executors come before.
    case workerLost(WorkerID, host: String, reason: String)

    /// Why it has no executor.
    case waiting(WaitReason)

    /// Others wait for their share: give up so many executors as soon as they are idle, by `kill`. Never more than leaves it
    /// its share. A later number replaces this one; 0 withdraws it.
    case release(executors: Int)

    /// The master has no more of it. The last notice.
    case removed(reason: String)
}

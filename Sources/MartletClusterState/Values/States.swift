package import MartletCore

/// Where a master stands.
package enum MasterPhase: Hashable, Sendable {
    /// Another master leads, or none. Next: `recovering`.
    case standby

    /// It leads, and waits for the workers and applications that its records name. Next: `completingRecovery`, `standby`.
    case recovering(deadline: Instant)

    /// It drops those that did not come. Only within one event. Next: `alive`.
    case completingRecovery

    /// It leads. Next: `standby`.
    case alive
}

/// Where a worker stands for its master.
package enum WorkerPhase: Hashable, Sendable, Codable {
    case alive

    /// It takes nothing new, and ends when nothing runs there.
    case decommissioned

    /// It is in the records of an earlier master, and has not come back yet.
    case unknown

    /// It was silent or cut off for too long: the master remembers its id and the reason (`ClusterStatus.lostWorkers`).
    case dead
}

/// Where an application stands.
package enum ApplicationPhase: Hashable, Sendable, Codable {
    /// It has no executor yet.
    case waiting
    case running
    case finished, failed, killed

    /// It is in the records of an earlier master, and has not come back yet.
    case unknown
}

/// Where a driver of the cluster stands.
package enum DriverPhase: Hashable, Sendable, Codable {
    /// It waits for a worker.
    case submitted

    /// It was sent to a worker.
    case running

    /// Its worker was lost, and it waits for another one.
    case relaunching

    /// It is in the records of an earlier master, and its worker has not come back yet.
    case unknown
    case finished, killed, failed

    /// Its worker was lost, and it is not supervised.
    case error

    package var isFinal: Bool {
        switch self {
        case .finished, .killed, .failed, .error: true
        case .submitted, .running, .relaunching, .unknown: false
        }
    }
}

/// Where an executor stands.
package enum ExecutorPhase: Hashable, Sendable, Codable {
    case launching, running

    /// Its worker is being decommissioned: it may end its work, and does not count as the application's any more.
    case decommissioned
    case killed, failed, lost, exited

    package var isFinal: Bool {
        switch self {
        case .launching, .running, .decommissioned: false
        case .killed, .failed, .lost, .exited: true
        }
    }
}

/// How a process of a worker ended.
package enum WorkEnd: Hashable, Sendable, Codable, CustomStringConvertible {
    /// As it was told.
    case killed

    /// The process could not be started, or was ended by its worker for breaking a limit.
    case failed(reason: String)

    /// By itself; 0 is success, more than 128 a signal.
    case exited(status: Int)

    /// The worker did not take it: it never ran.
    case refused(reason: String)

    /// Its worker is gone, or does not have it any more.
    case lost(reason: String)

    package var executorPhase: ExecutorPhase {
        switch self {
        case .killed: .killed
        case .failed: .failed
        case .exited: .exited
        case .refused, .lost: .lost
        }
    }

    var driverPhase: DriverPhase {
        switch self {
        case .killed: .killed
        case .failed: .failed
        case .exited(let status): status == 0 ? .finished : .failed
        case .refused, .lost: .error
        }
    }

    /// Whether this says something against the program, and not against its worker.
    var isFault: Bool {
        switch self {
        case .failed: true
        case .exited(let status): status != 0
        case .killed, .refused, .lost: false
        }
    }

    package var description: String {
        switch self {
        case .killed: "killed"
        case .failed(let reason), .refused(let reason), .lost(let reason): reason
        case .exited(let status): status > 128 ? "died from signal \(status - 128)" : "exited with status \(status)"
        }
    }
}

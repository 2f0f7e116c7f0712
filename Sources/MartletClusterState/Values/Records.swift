package import MartletCore

/// What a master persists. A later record with the same key replaces an earlier one.
package enum ClusterRecord: Hashable, Sendable, Codable {
    case master(MasterRecord)
    case worker(WorkerDescription)
    case application(ApplicationRecord)
    case driver(DriverRecord)

    package enum Key: Hashable, Sendable, Codable {
        case master
        case worker(WorkerID)
        case application(ApplicationID)
        case driver(DriverID)
    }

    package var key: Key {
        switch self {
        case .master: .master
        case .worker(let worker): .worker(worker.id)
        case .application(let application): .application(application.id)
        case .driver(let driver): .driver(driver.id)
        }
    }
}

/// Counters that must never go back.
package struct MasterRecord: Hashable, Sendable, Codable {
    /// Counts the times that some master became the leader.
    package var term: Int

    /// How many applications and drivers there have ever been.
    package var (applicationCount, driverCount) = (0, 0)

    package init(term: Int) { self.term = term }
}

/// An application that runs or waits.
package struct ApplicationRecord: Hashable, Sendable, Codable {
    package let id: ApplicationID

    /// Its position in the queue.
    package let number: Int
    package let description: ApplicationDescription

    /// Drawn by the application, so that a repeated registration is recognised.
    package let token: UInt64
    package var executorLimit: Int?

    /// Executors with smaller numbers may exist; the next leader begins here.
    package var firstUnusedExecutor: ExecutorID
}

/// A driver: one that runs or waits, or one whose end can still be asked for.
package struct DriverRecord: Hashable, Sendable, Codable {
    package let id: DriverID

    /// Its position in the queue.
    package let number: Int
    package let description: DriverDescription

    /// Drawn by the submitter, so that a repeated submission is recognised.
    package let token: UInt64
    package var phase: DriverPhase

    /// How often a master has launched it.
    package var launchCount = 0
    package var worker: WorkerID?

    /// Whether it is to end, and not to be launched again.
    package var isKilled = false
    package var end: WorkEnd?
}

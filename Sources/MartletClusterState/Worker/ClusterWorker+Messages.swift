import MartletCore

extension ClusterWorker {
    /// The events that a worker handles.
    package enum Event: Sendable {
        /// A connection to a master is there, or was cut, or could not be made.
        case connected(ClusterAddress)
        case disconnected(ClusterAddress)

        /// A master sent something.
        case order(WorkerOrder, from: ClusterAddress)

        /// A process that was to be started runs, or has ended; or it could not be started.
        case started(WorkID)
        case ended(WorkID, WorkEnd)

        /// What processes of earlier workers in the same directory have left, and how long ago.
        case foldersFound([(WorkFolder, age: Duration)])

        /// The worker is to take nothing new, and to end when nothing runs there.
        case decommission

        /// The worker is to end with all that runs there.
        case stop

        /// Time has passed. Send it each second.
        case tick
    }

    /// The actions of a worker, in order.
    package enum Action: Hashable, Sendable {
        /// Connect to a master, and say if that is done or fails.
        case connect(ClusterAddress)
        case register(WorkerDescription, WorkReport, with: ClusterAddress)
        case send(WorkerMessage, to: ClusterAddress)

        /// Start a process, and say when it runs and when it has ended.
        case start(Launch)

        /// End a process, and say when it has ended.
        case kill(WorkID)

        /// Remove the map outputs that the worker keeps and serves for an application that has ended.
        case removeOutputs(ApplicationID)

        /// Remove what processes have written, as their logs.
        case remove(WorkFolder)

        /// The worker ends. The last action.
        case exit(status: Int, reason: String)
    }
}

/// A directory of a worker, for all processes of an application or a driver.
package enum WorkFolder: Hashable, Comparable, Sendable, Codable {
    case application(ApplicationID)
    case driver(DriverID)

    package init(_ work: WorkID) {
        switch work {
        case .executor(let application, _): self = .application(application)
        case .driver(let driver, _): self = .driver(driver)
        }
    }
}

/// When a directory was last used.
struct FolderState: Sendable {
    var usedAt: Instant

    /// Its application has ended, and its map outputs are still there.
    var removesOutputs = false
}

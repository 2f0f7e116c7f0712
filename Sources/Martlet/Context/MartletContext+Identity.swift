import MartletCore
import MartletDriver
import MartletStatus
import Synchronization

extension MartletContext {
    /// The version of Martlet.
    public static var version: String { "0.1.0" }

    /// Whether tasks run in this process.
    ///
    ///     context.isLocal   // true
    public var isLocal: Bool {
        switch master {
        case .local: true
        case .localCluster, .cluster: false
        }
    }

    /// Whether `stop` was called: actions throw `JobError.stopped`.
    ///
    ///     context.isStopped   // false
    public var isStopped: Bool { driver.isStopped }

    /// The description of the application for listeners.
    var summary: ApplicationSummary {
        ApplicationSummary(id: applicationID, name: appName, master: "\(master)", startedAt: startTime)
    }
}

/// Contexts made by this process, so that each has an id of its own.
let contextCount = Atomic<Int>(0)

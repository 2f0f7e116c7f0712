package import Logging
package import MartletClusterState

/// What a master daemon is told at its start.
package struct MasterOptions: Sendable {
    /// The address by which others find the master.
    package var host: String

    /// The address at which it listens; nil for `host`.
    package var bindHost: String?

    /// With 0, the system chooses a free port.
    package var port = 7077

    /// What members of the cluster prove to each other; nil for none: then only loopback addresses are listened on.
    package var secret: ClusterSecret?

    /// Where files of drivers are kept.
    package var directory: String

    /// The most that those files may take.
    /// - Units: bytes
    package var fileLimit = 20 << 30
    package var settings = MasterSettings()

    /// What the master must remember.
    package var store: any RecordStore
    package var leadership: any Leadership = AlwaysLeader()

    /// The version that `status` shows.
    package var version = ""
    package var limits = MasterLimits()
    package var logger: Logger

    package init(host: String, directory: String, store: any RecordStore, logger: Logger) {
        (self.host, self.directory, self.store, self.logger) = (host, directory, store, logger)
    }
}

/// How much a master takes.
package struct MasterLimits: Sendable {
    package var maxConnections = 10_000

    /// The largest message or request.
    /// - Units: bytes
    package var maxFrameBytes = 1 << 20

    /// Messages that may wait, and their bytes. One more closes the connection that sent it.
    package var (maxWaitingMessages, maxWaitingBytes) = (65_536, 256 << 20)

    /// How long a submitter may send nothing of a file that is stored.
    package var storeTimeout = Duration.seconds(30)

    package init() {}
}

package import Logging
package import MartletClusterState
package import MartletNetwork

/// What a worker is started with.
package struct WorkerOptions: Sendable {
    /// The address by which others find the worker, and the one on which it listens if that is another one.
    package var host: String
    package var bindHost: String?

    /// With 0, the system chooses a free port.
    package var port = 0
    package var masters: [ClusterAddress]

    /// What it offers.
    package var resources: Resources

    /// Where it keeps programs, and where processes run. No two workers share one.
    package var directory: String

    /// Proves that it belongs to the cluster; nil where only this machine can reach it.
    package var secret: ClusterSecret?

    /// The file with the secret, which drivers are told; nil if there is none.
    package var secretFile: String?

    /// The most bytes of programs and files that are kept for later applications, and of one unpacked archive.
    package var programBytesMax = 10 << 30
    package var archiveBytesMax = 10 << 30

    /// The rules of `ClusterWorker`. The pauses between tries to register differ by worker, so that not all come at once.
    package var settings: WorkerSettings

    /// How long a process that is to end may take, before it is killed.
    package var killPatience = Duration.seconds(5)

    /// How long the sender of a file may be silent.
    package var fetchTimeout = Duration.seconds(60)

    /// Variables that all processes get.
    package var variables: [String: String] = [:]

    /// Where processes put what does not fit in memory.
    package var localDirectories = ["/tmp"]
    package var limits = NetworkLimits()
    package var log: Logger

    package init(
        host: String, masters: [ClusterAddress], resources: Resources, directory: String, secret: ClusterSecret?, log: Logger
    ) {
        (self.host, self.masters, self.resources, self.directory) = (host, masters, resources, directory)
        (self.secret, self.log) = (secret, log)
        settings = WorkerSettings()
        (settings.fuzz, settings.laterFuzz) = (.random(in: 0.5...1.5), .random(in: 0.5...1.5))
    }

    /// What makes no sense; nil if all does.
    var problem: String? {
        if masters.isEmpty { return "it has no master; give at least one" }
        if host.isEmpty || host.contains(where: \.isWhitespace) { return "\"\(host)\" is no host" }
        if !(0...65535).contains(port) { return "\(port) is no port; give 0 to 65535" }
        if resources.cores < 1 { return "it has \(resources.cores) cores; give at least 1" }
        if resources.memoryBytes < 1 { return "it has \(resources.memoryBytes) bytes of memory; give at least 1" }
        if directory.isEmpty { return "it has no directory" }
        if programBytesMax < 1 || archiveBytesMax < 1 { return "its limits of bytes must be at least 1" }
        for place in localDirectories where place.isEmpty || place.contains(":") {
            return "\"\(place)\" is no local directory: it must not be empty, or contain :"
        }
        return localDirectories.isEmpty ? "it has no local directory" : nil
    }
}

/// A worker cannot start.
package struct WorkerStartError: Error, CustomStringConvertible {
    let reason: String

    package var description: String { "the worker cannot start: \(reason)" }
}

/// How a worker has ended.
package struct WorkerExit: Sendable, Hashable {
    package let status: Int
    package let reason: String
}

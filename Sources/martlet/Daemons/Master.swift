import ArgumentParser
import CMartletRuntime
import Glibc
import Logging
import MartletClusterClient
import MartletClusterState
import MartletClusterStore
import MartletDaemon

struct Master: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a master of a cluster, until it gets SIGTERM.",
        discussion: "sbin/start-master starts one in the background. Members of the cluster prove that they know its secret.")

    @OptionGroup var daemon: DaemonArguments

    @Option(help: "The port. 0 for a free one, which the log names.")
    var port = 7077

    @Flag(help: "Make the file with the secret if it is missing.")
    var makeSecret = false

    @Option(help: ArgumentHelp("Where the master remembers its cluster when it ends, also by kill -9; or none.", valueName: "directory|none"))
    var recoveryDir = Self.defaultDirectory

    @Option(help: "How cores are shared by applications: fair, or fifo.")
    var order: ApplicationOrder = .fair

    @Option(help: "The most cores of an application that does not say how many. Without it: as many as there are.")
    var defaultCores: Int?

    @Option(help: "How many drivers run at a time. Without it: any number.")
    var maxDrivers: Int?

    @Option(help: "After so many failures in a row an application without a running executor is removed; -1 for never.")
    var maxExecutorRetries = 10

    @Flag(inversion: .prefixedNo, help: "Whether an application is spread over the workers; else a worker is filled first.")
    var spreadOut = true

    @Option(
        name: .customLong("worker-selection-policy"),
        help: "Which workers come first: \(WorkerSelectionPolicy.allCases.map(\.rawValue).joined(separator: ", ")).")
    var selection = WorkerSelectionPolicy.coresFreeDescending

    @Option(help: "The most bytes that the files of drivers may take, such as 20g.")
    var storeLimit = ByteCount(20 << 30)

    private static var defaultDirectory: String { (variable("HOME") ?? "") + "/.martlet/master" }

    func validate() throws {
        if !(0...65_535).contains(port) { throw ValidationError("--port is \(port); give 0 to 65535") }
        if let defaultCores, defaultCores < 1 { throw ValidationError("--default-cores is \(defaultCores); give at least 1") }
        if let maxDrivers, maxDrivers < 1 { throw ValidationError("--max-drivers is \(maxDrivers); give at least 1") }
    }

    func run() throws {
        Signals.block([SIGTERM, SIGINT])
        martlet_raise_open_files()
        if makeSecret { try SecretFile.make(absolutePath(daemon.secretFile ?? SecretFile.defaultPath)) }
        let (secret, _) = try clusterSecret(daemon.secretFile)
        let logger = try daemon.logger("master")
        let isTemporary = recoveryDir == "none"
        let directory = isTemporary ? try temporaryFolder() : absolutePath(recoveryDir)
        defer { if isTemporary { removeFolder(directory) } }
        let store: any RecordStore = isTemporary ? NoRecords() : try SQLiteRecords(directory)
        var options = MasterOptions(host: "", directory: directory + "/files", store: store, logger: logger)
        let (host, bind) = daemon.hosts(secret)
        (options.host, options.bindHost, options.port, options.secret) = (host, bind, port, secret)
        (options.settings, options.fileLimit, options.version) = (settings, storeLimit.bytes, martletVersion)
        if secret == nil {
            logger.warning("there is no secret, so it listens on the loopback only; --make-secret makes one")
        }
        let master = try MasterDaemon(options)
        Signals.handle([SIGTERM, SIGINT]) { _ in master.stop() }
        let (status, reason) = master.run()
        if status == 0 { logger.info("\(reason)") } else { logger.error("\(reason)") }
        if status != 0 { throw ExitCode(status) }
    }

    private var settings: MasterSettings {
        var settings = MasterSettings()
        (settings.order, settings.defaultCores, settings.maxDrivers) = (order, defaultCores, maxDrivers)
        settings.maxExecutorRetries = maxExecutorRetries < 0 ? nil : maxExecutorRetries
        (settings.spreadsOut, settings.selection) = (spreadOut, selection)
        return settings
    }

    private func temporaryFolder() throws -> String {
        var path = Array(((variable("TMPDIR") ?? "/tmp") + "/martlet-master-XXXXXX").utf8CString)
        guard mkdtemp(&path) != nil else { throw CommandFailure("cannot make a folder for files of drivers: \(systemReason)") }
        return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension ApplicationOrder: ExpressibleByArgument {
    package init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}

extension WorkerSelectionPolicy: ExpressibleByArgument {
    package init?(argument: String) { self.init(rawValue: argument.uppercased()) }
}

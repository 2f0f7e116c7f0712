import ArgumentParser
import CMartletRuntime
import Glibc
import Logging
import MartletClusterState
import MartletDaemon

struct Worker: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs a worker of a cluster, until it gets SIGTERM; SIGPWR decommissions it.",
        discussion: "sbin/start-worker starts one in the background.")

    @Argument(help: "The masters, as in martlet://a:7077,b:7077.")
    var masters: ClusterURL

    @OptionGroup var daemon: DaemonArguments

    @Option(help: "The port; 0 for a free one.")
    var port = 0

    @Option(name: .shortAndLong, help: "The cores that it offers. Without it: those of this machine, or of its control group.")
    var cores: Int?

    @Option(name: .shortAndLong, help: "The memory that it offers, such as 2g. Without it: what there is without 1 GiB.")
    var memory: ByteCount?

    @Option(name: .shortAndLong, help: "Where programs are kept and processes run; each worker has its own.")
    var dir = "work"

    @Option(name: .customLong("work-dir"), help: "The same as --dir.")
    var workDir: String?

    @Option(help: "Where processes put what does not fit in memory, with commas between.")
    var localDirs: String = variable("MARTLET_LOCAL_DIRS") ?? "/tmp"

    func validate() throws {
        if !(0...65_535).contains(port) { throw ValidationError("--port is \(port); give 0 to 65535") }
        if let cores, cores < 1 { throw ValidationError("--cores is \(cores); give at least 1") }
    }

    func run() throws {
        let numbers = [SIGTERM, SIGINT, SIGPWR]
        Signals.block(numbers)
        martlet_raise_open_files()
        let (secret, path) = try clusterSecret(daemon.secretFile)
        let logger = try daemon.logger("worker")
        let (host, bind) = daemon.hosts(secret)
        let offered = Resources(
            cores: cores ?? Resources.available.cores,
            memoryBytes: memory?.bytes ?? Resources.available.memoryBytes)
        var options = WorkerOptions(
            host: host, masters: masters.addresses, resources: offered, directory: absolutePath(workDir ?? dir), secret: secret,
            log: logger)
        (options.bindHost, options.port) = (bind, port)
        options.secretFile = secret == nil ? nil : path
        options.localDirectories = localDirs.split(separator: ",").map { absolutePath(String($0)) }
        let worker = try WorkerDaemon(options)
        Signals.handle(numbers) { number in if number == SIGPWR { worker.decommission() } else { worker.stop() } }
        let end = worker.run()
        if end.status == 0 { logger.info("\(end.reason)") } else { logger.error("\(end.reason)") }
        if end.status != 0 { throw ExitCode(Int32(end.status)) }
    }
}

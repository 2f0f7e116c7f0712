internal import CMartletRuntime
import Glibc
import MartletBlocks
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletExecutor
import MartletNetwork
import MartletShuffle
import MartletTasks
import MartletThreads

/// Called before `main` if the process was started as an executor.
@_cdecl("martlet_executor_main")
public func executorMain() {
    martlet_raise_open_files()
    guard let role = ExecutorRole.take() else {
        writeLine("martlet: an executor was started without a driver's address; start the program itself instead")
        exit(64)
    }
    do {
        try runExecutor(role)
        exit(0)
    } catch {
        writeLine("martlet: executor \(role.id) cannot work: \(error)")
        exit(1)
    }
}

/// Works until the driver ends it, or is gone.
private func runExecutor(_ role: ExecutorRole) throws {
    let network = Network()
    let options = NetworkOptions(identity: "executor \(role.id)", security: .sharedSecret(role.secret.text))
    let line = DriverClient(role, network, options)
    guard let welcome = try line.open() else { throw RefusedExecutor(reason: line.waitForEnd()) }
    let settings = welcome.settings.onWorker
    AddedFiles.note(settings[.files] + settings[.archives], in: Settings.isOnWorker ? currentDirectory : nil)
    let timeout = settings[.networkTimeout]
    let sharedValues = SharedValueTable()
    let chunks = ValueChunkTable(sharedValues)
    let peerOptions = NetworkOptions(
        identity: options.identity, security: options.security, limits: NetworkLimits(settings))
    let clients = ExecutorClients(network, peerOptions, timeout: timeout)
    let fetcher = SharedValueFetcher(role.id, chunks, clients) { try line.ask($0, isSecondTime: $1, timeout: timeout) }
    let handles = SharedVariables(.executor(fetch: fetcher.fetch), sharedValues: sharedValues)
    let peerBlocks = RemoteBlockReader(role.id, clients, handles) { try line.ask($0, isSecondTime: false, timeout: timeout) }
    let backOff = BackOff()
    let environment = ExecutorEnvironment(
        settings: settings, slots: role.slots,
        remote: RemoteAccess(
            clients, pool: FetchPool(), maxBytesInFlight: settings[.maxBytesInFlight],
            pause: backOff.pause), remoteBlocks: peerBlocks)
    let runner = RemoteTaskRunner(environment, handles, backOff: backOff)
    let server = BlockServer(runner, chunks, clients)
    clients.serve(with: server)
    let listener = try network.listen(
        on: NetworkAddress(host: role.host, port: 0), peerOptions, makeHandler: { server })
    let runtime = ExecutorRuntime(role, welcome, runner, clients, line)
    line.begin(runtime, server, port: listener.address.port)
    let ticker = Ticker(every: .milliseconds(100)) { line.tick() }
    _ = line.waitForEnd()
    ticker.stop()
    environment.scratch.removeAll()
}

extension Settings {
    /// The same settings with the directories of the worker that runs this process, if there is one: the driver does not know them.
    fileprivate var onWorker: Settings {
        guard let text = Self.workersDirectories else { return self }
        var settings = self
        settings[.localDirectories] = text.split(separator: ":").map(String.init)
        return settings
    }

    /// Whether a worker has started this process.
    fileprivate static var isOnWorker: Bool { workersDirectories != nil }

    private static var workersDirectories: String? {
        getenv("MARTLET_LOCAL_DIRS").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// Where a worker has put the files of the application.
private var currentDirectory: String? {
    guard let text = getcwd(nil, 0) else { return nil }
    defer { free(text) }
    return String(cString: text)
}

/// The driver refuses this process.
private struct RefusedExecutor: Error, CustomStringConvertible {
    let reason: String
    var description: String { "its driver does not take it: \(reason)" }
}

private func writeLine(_ text: String) {
    var line = text + "\n"
    line.withUTF8 { bytes in _ = write(STDERR_FILENO, bytes.baseAddress, bytes.count) }
}

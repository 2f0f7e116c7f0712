import Glibc
import Logging
import Martlet
import MartletClusterClient
import MartletClusterState
import MartletDaemon
import MartletThreads
import Synchronization
import TestSupport
import Testing

/// A master and workers in this process, whose executors are real processes; and the contexts that use them.
final class StandaloneCluster: Sendable {
    let folder = TemporaryDirectory()
    let secret = SecretFile.drawn()
    let records = KeptRecords()
    private let state = Mutex(State())

    /// What a context's processes prove to each other: it is in their environment.
    let applicationSecret = "test-\(getpid())-\(UInt64.random(in: .min ... .max))"

    private struct State: Sendable {
        var master: MasterDaemon?
        var port = 0
        var workers: [WorkerDaemon?] = []
    }

    init(workers: Int = 2, cores: Int = 2) throws {
        try SecretFile.write(secret, to: secretFile)
        try startMaster()
        for _ in 0..<workers { try startWorker(cores: cores) }
    }

    deinit { stop() }

    var secretFile: String { folder.path + "/secret" }
    var master: String { "martlet://127.0.0.1:\(state.withLock { $0.port })" }

    /// Starts a master where the last one was.
    func startMaster() throws {
        var options = MasterOptions(
            host: "127.0.0.1", directory: folder.path + "/master", store: records, logger: Logger(label: "master") { _ in SwiftLogNoOpLogHandler() })
        (options.secret, options.port) = (secret, state.withLock { $0.port })
        let master = try MasterDaemon(options)
        state.withLock { ($0.master, $0.port) = (master, master.address.port) }
        startDetachedThread("a master", stackBytes: 8 << 20) { _ = master.run() }
    }

    func stopMaster() { state.withLock { $0.master.take() }?.stop() }

    func startWorker(cores: Int) throws {
        let number = state.withLock { $0.workers.count }
        var options = WorkerOptions(
            host: "127.0.0.1", masters: [ClusterAddress(host: "127.0.0.1", port: state.withLock { $0.port })],
            resources: Resources(cores: cores, memoryBytes: 8 << 30), directory: folder.path + "/worker\(number)", secret: secret,
            log: Logger(label: "worker") { _ in SwiftLogNoOpLogHandler() })
        options.settings.pause = .milliseconds(300)
        options.localDirectories = [folder.path + "/scratch\(number)"]
        let worker = try WorkerDaemon(options)
        state.withLock { $0.workers.append(worker) }
        startDetachedThread("a worker", stackBytes: 8 << 20) { _ = worker.run() }
    }

    /// Ends a worker with all that it runs.
    func stopWorker(_ number: Int) { state.withLock { $0.workers[number].take() }?.stop() }

    func makeContext(_ settings: String...) throws -> MartletContext {
        let ours = [
            "martlet.ui.progress=off", "martlet.local.dir=\(folder.path)", "martlet.cluster.secretFile=\(secretFile)",
            "martlet.authenticate.secret=\(applicationSecret)", "martlet.executor.memory=512m",
        ]
        return try MartletContext(master: master, settings: Settings(parsing: ours + settings))
    }

    /// The executors that run, of all contexts.
    var executors: [ExecutorInfo] { ExecutorInfo.all(secret: applicationSecret, ofWorkers: true) }

    func stop() {
        let (master, workers) = state.withLock { state in
            defer { (state.master, state.workers) = (nil, []) }
            return (state.master, state.workers)
        }
        for worker in workers { worker?.stop() }
        master?.stop()
    }
}

/// Records that outlive a master of this process.
final class KeptRecords: RecordStore {
    private let records = Mutex<[ClusterRecord.Key: ClusterRecord]>([:])

    func all() -> [ClusterRecord] { records.withLock { Array($0.values) } }

    func apply(_ changes: [RecordChange]) {
        records.withLock { records in
            for change in changes {
                switch change {
                case .put(let record): records[record.key] = record
                case .remove(let key): records[key] = nil
                }
            }
        }
    }
}

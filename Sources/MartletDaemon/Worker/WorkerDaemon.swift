import Logging
import MartletClusterClient
package import MartletClusterState
import MartletCore
import MartletNetwork
import MartletThreads
import Synchronization

/// A worker: performs what `ClusterWorker` decides. Starts and ends processes, keeps their programs and logs, and follows the
/// master that leads.
///
/// One thread decides, that of `run`; all others post events to it.
package final class WorkerDaemon: Sendable {
    enum Event: Sendable {
        case machine(ClusterWorker.Event)
        case masters(MasterConnections.Event)

        /// A master that leads since now has connected, and asks the worker to register.
        case contact(WorkerOrder)
        case process(WorkProcess, ProcessStarter.Report)
    }

    package let id: WorkerID

    /// Where it listens, and how others find it.
    package let address: ClusterAddress
    let options: WorkerOptions
    let events: WorkerInbox<Event>
    let masters: MasterConnections
    let processes = ProcessTable()
    let starter: ProcessStarter
    private let network: Network
    private let listener: any NetworkListener
    private let directoryLock: Int32

    /// Removes what is not needed any more.
    let cleaning = ThreadPool("removing files", threads: 1, stackBytes: 8 << 20)

    /// What only the thread of `run` touches; nil when it runs.
    private let start: Mutex<WorkerState?>

    /// Takes the directory, and listens.
    /// - Throws: `WorkerStartError`
    package init(_ options: WorkerOptions) throws(WorkerStartError) {
        if let problem = options.problem { throw WorkerStartError(reason: problem) }
        var options = options
        let events = WorkerInbox<Event>()
        let network = Network()
        var lock: Int32?
        do {
            try makeDirectory(options.directory)
            options.directory = Folders.absolute(options.directory) ?? options.directory
            guard let taken = try Folders.lock("\(options.directory)/\(WorkFolders.lock)") else {
                throw WorkerStartError(reason: "another worker uses the directory \(options.directory); give each its own")
            }
            (lock, directoryLock) = (taken, taken)
            let security = options.secret.map { NetworkSecurity.sharedSecret($0.text) } ?? .none
            let networkOptions = NetworkOptions(identity: "worker", security: security, limits: options.limits)
            let door = WorkerDoor(events, options.directory)
            listener = try network.listen(
                on: NetworkAddress(host: options.bindHost ?? options.host, port: options.port), networkOptions) { door }
            address = ClusterAddress(host: options.host, port: listener.address.port)
            id = WorkerID(date: UTCTime(.sinceEpoch).compact, host: options.host, port: address.port)
            let scratch = try Self.scratch(options.localDirectories, id)
            let folders = try WorkFolders(options.directory, scratch: scratch)
            let shelf = try FileShelf("\(options.directory)/\(WorkFolders.programs)", limit: options.programBytesMax)
            masters = MasterConnections(network, networkOptions, serve: door.serve) { events.offer(.masters($0)) }
            starter = ProcessStarter(options, folders, shelf, network) { [masters] in masters.connection(to: $0) }
        } catch {
            network.shutdown()
            if let lock { Folders.unlock(lock) }
            throw error as? WorkerStartError ?? WorkerStartError(reason: "\(error)")
        }
        let description = WorkerDescription(id: id, address: address, resources: options.resources)
        start = Mutex(
            WorkerState(ClusterWorker(description, masters: options.masters, settings: options.settings, at: .now)))
        (self.options, self.events, self.network) = (options, events, network)
    }

    /// What processes put there goes with the worker, however it ends.
    private static func scratch(_ places: [String], _ id: WorkerID) throws(FileServiceError) -> [String] {
        var scratch: [String] = []
        for place in places {
            try makeDirectory(place)
            let path = "\(Folders.absolute(place) ?? place)/\(id)"
            WorkerGuard.add(directory: path)
            scratch.append(path)
        }
        return scratch
    }

    /// Works until the worker has ended; once, on a plain thread.
    package func run() -> WorkerExit {
        guard var state = start.withLock({ $0.take() }) else { return WorkerExit(status: 1, reason: "it has run already") }
        options.log.info("listens at \(address) and offers \(options.resources)", metadata: ["id": "\(id)"])
        let ticker = Ticker(every: .seconds(1)) { [events, processes] in
            processes.look(at: .now)
            events.post(.machine(.tick))
        }
        defer { ticker.stop() }
        removeLeftovers()
        events.post(.machine(.foldersFound(starter.folders.found(at: .sinceEpoch))))
        events.post(.machine(.tick))
        while true {
            for event in events.next() {
                guard let exit = handle(event, &state) else { continue }
                end(exit)
                return exit
            }
        }
    }

    /// Ends it, with all that runs there.
    package func stop() { events.post(.machine(.stop)) }

    /// It takes nothing new, and ends when nothing runs there.
    package func decommission() { events.post(.machine(.decommission)) }

    private func removeLeftovers() {
        cleaning.enqueue(starter.folders.leftovers.map { path in { Folders.remove(path) } })
    }

    private func end(_ exit: WorkerExit) {
        for process in processes.all { process.kill() }
        if !processes.waitUntilEmpty(atMost: .seconds(5)) {
            options.log.warning("does not wait for \(processes.all.map { "\($0.work)" }.sorted().joined(separator: ", "))")
        }
        masters.stop()
        listener.stop()
        network.shutdown()
        starter.stop()
        cleaning.stop()
        for place in starter.folders.scratch {
            Folders.remove(place)
            WorkerGuard.remove(directory: place)
        }
        Folders.unlock(directoryLock)
        options.log.info("has ended: \(exit.reason)", metadata: ["id": "\(id)"])
    }
}

import MartletBlocks
import MartletClusterClient
import MartletCore
import MartletExecutor
import MartletLineage
import MartletNetwork
import MartletPortable
import MartletScheduler
import MartletShuffle
import MartletTasks
import MartletThreads
import Synchronization

/// An executor: performs the actions of `ExecutorCore`.
final class ExecutorRuntime: Sendable {
    let role: ExecutorRole
    let runner: RemoteTaskRunner
    private let clients: ExecutorClients
    private let driver: DriverClient
    private let state: Mutex<State>
    /// Removes files and frees large values, so that the event loop does not wait for it.
    private let chores = ThreadPool("executor chores", threads: 1)

    private struct State: Sendable {
        var core: ExecutorCore
        /// The details of ended tasks apart from their reports, until they are sent.
        var details: [TaskID: [UInt8]] = [:]
        var hosts: [ExecutorID: String] = [:]
    }

    init(_ role: ExecutorRole, _ welcome: Welcome, _ runner: RemoteTaskRunner, _ clients: ExecutorClients, _ driver: DriverClient) {
        self.role = role
        self.runner = runner
        self.clients = clients
        self.driver = driver
        state = Mutex(
            State(
                core: ExecutorCore(
                    id: role.id, slots: role.slots, heartbeatInterval: welcome.settings[.heartbeatInterval],
                    stopPatience: .seconds(1))))
    }

    /// A message of the driver has arrived.
    func receive(_ message: DriverMessage, payload: [UInt8]) { handle(.message(message), payload: payload) }

    // The runner is asked outside the lock: it may hold the last reference to a task.
    func tick() { handle(.tick, progress: runner.progress) }

    private func handle(
        _ event: ExecutorCore.Event, payload: [UInt8] = [], details: (TaskID, [UInt8])? = nil, progress: [TaskProgress] = []
    ) {
        state.withLock { state in
            if let (task, bytes) = details { state.details[task] = bytes }
            for action in state.core.handle(event, at: .now) { perform(action, payload, progress, &state) }
        }
    }

    private func perform(
        _ action: ExecutorCore.Action, _ payload: [UInt8], _ progress: [TaskProgress], _ state: inout State
    ) {
        let environment = runner.environment
        switch action {
        case .install(let key):
            runner.install(key, payload)
        case .forget(let keys):
            chores.enqueue([{ [runner] in runner.forget(keys) }])
        case .start(let launch):
            runner.start(launch, launch.program) { [self] report, details in
                handle(.taskEnded(report), details: (report.task, details))
            }
        case .cancel(let task):
            runner.cancel(task)
        case .send(let message):
            var details: [UInt8] = []
            switch message {
            case .taskEnded(let report): details = state.details.removeValue(forKey: report.task) ?? []
            case .heartbeat: details = (try? TaskProgress.encoded(progress)) ?? []
            case .stopped: break
            }
            driver.send(message, payload: details)
        case .place(let shuffle, let version, let mapCount, let locations):
            let places = locations.map { place($0, state.hosts) }
            let replaced = environment.shuffles.place(places, of: shuffle, version: version, mapCount: mapCount)
            if let replaced { chores.enqueue([{ withExtendedLifetime(replaced) {} }]) }
        case .removeShuffles(let shuffles):
            chores.enqueue([{ for shuffle in shuffles { environment.shuffles.remove(shuffle) } }])
        case .removeBlocks(let rdd):
            chores.enqueue([{ environment.forget(rdd) }])
        case .dropBlocks(let blocks):
            chores.enqueue([{ for block in blocks { environment.drop(block) } }])
        case .removeBroadcasts(let broadcasts):
            chores.enqueue([{ [runner] in runner.handles.forget(broadcasts) }])
        case .destroyBroadcast(let broadcast):
            chores.enqueue([{ [runner] in runner.handles.destroy(broadcast) }])
        case .connect(let addresses):
            state.hosts = Dictionary(addresses.map { ($0.id, $0.host) }, uniquingKeysWith: { $1 })
            clients.place(
                Dictionary(
                    addresses.filter { $0.id != role.id }.map { ($0.id, NetworkAddress(host: $0.host, port: $0.port)) },
                    uniquingKeysWith: { $1 }))
        case .exit(let reason):
            driver.end(reason)
        }
    }

    /// Where to read a map output: from its file, if it is on this host.
    private func place(_ location: MapOutputLocation, _ hosts: [ExecutorID: String]) -> MapOutputAddress {
        let isHere = location.executor == role.id
        let isSameHost = isHere || hosts[location.executor] == hosts[role.id] && hosts[role.id] != nil
        let readsFile = isHere || isSameHost && runner.environment.settings[.readsHostLocalDisk]
        return MapOutputAddress(
            map: location.map, holder: readsFile ? .host : .executor(location.executor), path: location.output.path,
            byteCount: location.output.byteCount, recordCount: location.output.recordCount,
            firstRecordCount: location.firstRecordCount)
    }
}

import MartletBlocks
import MartletClusterClient
import MartletClusterState
package import MartletCore
import MartletNetwork
import MartletPortable
package import MartletScheduler
package import MartletTasks
import MartletThreads
import Synchronization

/// The driver's side of its executors: connections, messages, and the bytes that executors ask for.
///
/// Decides nothing: it passes events to `deliver`, on one thread, in order, and performs the actions of the driver's machine.
package final class DriverEndpoint: Sendable {
    let handles: SharedVariables
    let settings: Settings
    let incarnation: UInt64
    private let network: Network
    private let secret: ClusterSecret
    private let provider: any ExecutorProvider
    /// The executors that cache a partition.
    let holders: @Sendable (BlockID) -> [ExecutorID]
    private let deliver: Deliver
    /// One thread, which starts processes, decodes messages and delivers events; no event loop waits for it.
    private let inbox = ThreadPool("driver inbox", threads: 1)
    /// Threads that fetch large results.
    let fetches = ThreadPool("result fetch", threads: maxFetches)
    let state = Mutex(State())
    /// Whether the machine has performed its last action.
    private let hasStopped = Monitor(false)
    private let listening = Mutex<Listening?>(nil)

    /// Takes an event, and the bytes beside an executor's message.
    package typealias Deliver = @Sendable (_ event: DriverCore.Event, _ payload: [UInt8]) -> Void

    private struct Listening: Sendable {
        let listener: any NetworkListener
        let ticker: Ticker
    }

    struct State: Sendable {
        var sessions: [ExecutorID: ExecutorSession] = [:]
        /// Connections over which a process has said hello and has not been answered, by their numbers.
        var greetings: [Int: Greeting] = [:]
        var connectionCount = 0
        var chunks = ChunkHolderTable()
    }

    struct Greeting: Sendable {
        let connection: any NetworkConnection
        let handler: ExecutorConnection
        let hello: Hello
    }

    private static let tickInterval = Duration.milliseconds(50)

    /// Longer than the machine takes to end, whatever executors do.
    private static let stopLimit = Duration.seconds(15)

    /// Large results that are fetched at the same time; others wait.
    private static let maxFetches = 4

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - site: where it listens, and by which host executors find it.
    ///   - holders: which executors cache a partition. Called on an event loop: must not block.
    /// - Throws: `ClusterError`
    package init(
        _ site: DriverSite, _ settings: Settings, _ handles: SharedVariables, _ provider: any ExecutorProvider,
        holders: @escaping @Sendable (BlockID) -> [ExecutorID] = { _ in [] }, deliver: @escaping Deliver
    ) throws(ClusterError) {
        self.settings = settings
        self.handles = handles
        self.provider = provider
        self.holders = holders
        self.deliver = deliver
        secret = settings[.secret].map { ClusterSecret($0) } ?? SecretFile.drawn()
        incarnation = .random(in: 1 ... .max)
        network = Network()
        handles.sharedValues.whenDropped { [weak self] dropped in
            self?.state.withLock { state in for value in dropped { state.chunks.forget(value) } }
        }
        do {
            let listener = try network.listen(
                on: NetworkAddress(host: site.bindHost, port: site.port), options(of: "driver")
            ) { [weak self] in ExecutorConnection(self) }
            let ticker = Ticker(every: Self.tickInterval) { [weak self] in self?.tick() }
            listening.withLock { $0 = Listening(listener: listener, ticker: ticker) }
            try provider.begin(ClusterAddress(host: site.host, port: listener.address.port), secret) { [weak self] in self?.report($0) }
        } catch {
            stop(waits: false)
            throw error as? ClusterError ?? .cannotListen(reason: "\(error)")
        }
    }

    private func options(of identity: String) -> NetworkOptions {
        NetworkOptions(identity: identity, security: .sharedSecret(secret.text), limits: NetworkLimits(settings))
    }

    private func tick() {
        state.withLock { state in
            for id in Array(state.sessions.keys) { state.sessions[id]?.tick() }
        }
        tell(.tick)
    }

    /// Delivers an event after those before it.
    func tell(_ event: DriverCore.Event) { inbox.enqueue([{ [deliver] in deliver(event, []) }]) }

    /// Delivers an event of the provider. A conversation ends after its process, and after all that was said before: a hello
    /// that is still on its way to the machine would begin it again.
    private func report(_ event: DriverCore.Event) {
        tell(event)
        if case .exited(let id, let reason, _) = event {
            inbox.enqueue([{ [weak self] in self?.close(id, reason) }])
        }
    }

    /// Decodes and delivers messages of an executor.
    func take(_ bodies: [[UInt8]], from id: ExecutorID) {
        inbox.enqueue(
            bodies.map { body in
                { [deliver] in
                    do {
                        let (message, payload) = try Wire.executor.decode(body)
                        deliver(.message(id, message), payload)
                    } catch {
                        // The executor runs the same program, over a line that resends damaged data: a retry cannot help.
                        deliver(.failed(id, reason: "it has sent a message that cannot be read: \(error)"), [])
                    }
                }
            })
    }

    // MARK: Actions

    /// Performs an action of the driver's machine. Never waits.
    ///
    /// - Parameter payload: the bytes that travel beside the message.
    package func perform(_ action: DriverCore.Action, payload: [UInt8] = []) {
        switch action {
        case .send(let id, let message):
            let body = Wire.driver.encode(message, payload)
            let isTaken = state.withLock { $0.sessions[id]?.send(body) ?? true }
            if !isTaken { tell(.failed(id, reason: "it does not take its messages")) }
        case .start(let id): inbox.enqueue([{ [provider] in provider.start(id) }])
        case .accept(let id, let connection): accept(id, connection)
        case .refuse(let connection, let reason):
            let greeting = state.withLock { $0.greetings.removeValue(forKey: connection) }
            greeting?.connection.send(WireKind.refusal.message(reason))
            greeting?.connection.close(reason: reason)
        case .kill(let id, let reason):
            close(id, reason)
            inbox.enqueue([{ [provider] in provider.kill(id) }])
        case .stopping: inbox.enqueue([{ [provider] in provider.endStarts() }])
        case .stopped: hasStopped.change(waking: .max) { $0 = true }
        case .decided, .tell, .forgotten: break
        }
    }

    /// Ends the conversation with an executor.
    private func close(_ id: ExecutorID, _ reason: String) {
        let session = state.withLock { state in
            state.chunks.forget(id)
            return state.sessions.removeValue(forKey: id)
        }
        session?.connection?.close(reason: reason)
    }

    /// Ends everything.
    ///
    /// - Parameter waits: whether the machine was told to stop, and takes events: its executors end in their own time.
    package func stop(waits: Bool) {
        // The machine ends within its own time limits; without them, a function of a user's that holds up the inbox would hold
        // this up too.
        if waits { _ = hasStopped.wait(atMost: Self.stopLimit) { $0 ? () : nil } }
        provider.stop()
        let listening = self.listening.withLock { $0.take() }
        listening?.ticker.stop()
        listening?.listener.stop()
        inbox.stop()
        fetches.stop()
        network.shutdown()
        // The scratch files of executors that were killed.
        ScratchSpace(settings).removeAbandoned()
    }
}

extension NetworkLimits {
    init(_ settings: Settings) {
        self.init()
        keepAliveTimeout = settings[.networkTimeout]
        keepAliveInterval = min(keepAliveInterval, settings[.networkTimeout] / 3)
    }
}

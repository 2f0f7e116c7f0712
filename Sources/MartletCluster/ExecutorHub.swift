import Glibc
package import MartletBlocks
package import MartletCore
package import MartletExecutor
import MartletNetwork
package import MartletPortable
package import MartletScheduler
import Synchronization

/// The driver's side of its executors: starts their processes, and carries messages to and from them.
///
/// Decides nothing about tasks: what happens is told to `deliver`, on one thread, in order.
package final class ExecutorHub: Sendable {
    /// What there shall be.
    package struct Plan: Sendable {
        package var executors: Int
        package var slots: Int
        package var settings: Settings

        package init(executors: Int, slots: Int, settings: Settings) {
            (self.executors, self.slots, self.settings) = (executors, slots, settings)
        }
    }

    /// What happens.
    package enum Event: Sendable {
        case registered(ExecutorID, host: String, slots: Int)
        case message(ExecutorID, ExecutorMessage, payload: [UInt8])
        /// The connection is cut; the executor may come back.
        case disconnected(ExecutorID)
        case exited(ExecutorID, reason: String, isFault: Bool)
        /// Executors cannot be kept running.
        case failed(ClusterError)
        case tick
    }

    let plan: Plan
    let handles: HandleTable
    let incarnation: UInt64
    private let network: Network
    private let secret: String
    private let deliver: @Sendable (Event) -> Void
    /// One thread: what executors report is decoded and told here, and no event loop waits for it.
    private let inbox = SlotPool(slots: 1)
    private let state = Mutex(State())
    private let running = Monitor(0)
    private let listening = Mutex<Listening?>(nil)

    private struct Listening: Sendable {
        let listener: any NetworkListener
        let ticker: Ticker
    }

    struct State: Sendable {
        var members: [ExecutorID: Member] = [:]
        var pieces = PieceTracker()
        var nextID = 0
        var isStopping = false
        /// Processes that ended in a row without having been of any use.
        var uselessCount = 0
    }

    /// Processes that may end one after the other without having done anything.
    private static let uselessLimit = 10
    private static let tickInterval = Duration.milliseconds(50)

    /// Begins to listen, and starts the processes.
    ///
    /// - Throws: `cannotListen`, `cannotStart`.
    package init(
        _ plan: Plan, _ handles: HandleTable, deliver: @escaping @Sendable (Event) -> Void
    ) throws(ClusterError) {
        self.plan = plan
        self.handles = handles
        self.deliver = deliver
        secret = plan.settings[.secret] ?? Self.drawnSecret()
        incarnation = .random(in: 1 ... .max)
        network = Network()
        do {
            let listener = try network.listen(
                on: NetworkAddress(host: "127.0.0.1", port: 0), options(of: "driver")
            ) { [weak self] in ExecutorConnection(self) }
            let ticker = Ticker(every: Self.tickInterval) { [weak self] in self?.tick() }
            listening.withLock { $0 = Listening(listener: listener, ticker: ticker) }
        } catch {
            throw .cannotListen(reason: "\(error)")
        }
        for _ in 0..<plan.executors { try start() }
    }

    func options(of identity: String) -> NetworkOptions {
        NetworkOptions(
            identity: identity, security: .sharedSecret(secret), limits: NetworkLimits(plan.settings))
    }

    private static func drawnSecret() -> String {
        (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }

    // MARK: Processes

    /// Starts one more process.
    private func start() throws(ClusterError) {
        guard let address = listening.withLock({ $0?.listener.address }) else { return }
        let id = state.withLock { state in
            defer { state.nextID += 1 }
            return ExecutorID(state.nextID)
        }
        let role = ExecutorRole(id: id, driver: address.host, port: address.port, secret: secret)
        running.change(waking: .max) { $0 += 1 }
        do {
            let process = try ExecutorProcess(role) { [weak self] end in self?.ended(id, end) }
            let isStopping = state.withLock { state in
                state.members[id, default: Member(id)].process = process
                return state.isStopping
            }
            if isStopping { process.kill() }
        } catch {
            running.change(waking: .max) { $0 -= 1 }
            throw error
        }
    }

    private func ended(_ id: ExecutorID, _ end: ExecutorProcess.End) {
        let (wasUseful, isStopping, connection) = state.withLock { state in
            let member = state.members.removeValue(forKey: id)
            state.pieces.forget(id)
            let wasUseful = member?.wasUseful ?? false
            state.uselessCount = wasUseful ? 0 : state.uselessCount + 1
            return (wasUseful, state.isStopping, member?.connection)
        }
        connection?.close(reason: "the executor has ended")
        running.change(waking: .max) { $0 -= 1 }
        if isStopping { return }
        let isGivenUp = !wasUseful && state.withLock { $0.uselessCount } >= Self.uselessLimit
        tell(.exited(id, reason: "executor \(id) \(end)", isFault: true))
        announceAddresses()
        if isGivenUp {
            tell(.failed(.executorsFail(reason: "the last one \(end), like \(Self.uselessLimit - 1) before it")))
            return
        }
        do { try start() } catch { tell(.failed(error)) }
    }

    /// Ends an executor that is given up, for another to take its place.
    package func kill(_ id: ExecutorID) { state.withLock { $0.members[id]?.process }?.kill() }

    /// Ends all processes, and waits until they are gone.
    package func stop() {
        let processes: [ExecutorProcess] = state.withLock { state in
            state.isStopping = true
            return state.members.values.compactMap(\.process)
        }
        for id in state.withLock({ Array($0.members.keys) }) { send(id, .stop(reason: "the application has ended")) }
        if running.wait(atMost: .seconds(2), for: { $0 == 0 ? () : nil }) == nil {
            for process in processes { process.kill() }
            _ = running.wait(atMost: .seconds(10), for: { $0 == 0 ? () : nil })
        }
        let listening = self.listening.withLock { $0.take() }
        listening?.ticker.stop()
        listening?.listener.stop()
        inbox.stop()
        network.shutDown()
    }

    // MARK: Messages

    /// Sends a message after those before it. Never waits.
    package func send(_ id: ExecutorID, _ message: DriverMessage, payload: [UInt8] = []) {
        let body = Self.driverCoder.encode(message, payload)
        state.withLock { state in
            guard var member = state.members.removeValue(forKey: id) else { return }
            member.send(body)
            state.members[id] = member
        }
    }

    static let driverCoder = WireCoder<DriverMessage>()
    static let executorCoder = WireCoder<ExecutorMessage>()

    func tell(_ event: Event) { inbox.enqueue([{ [deliver] in deliver(event) }]) }

    private func tick() {
        state.withLock { state in
            for id in state.members.keys { state.members[id]?.tick() }
        }
        tell(.tick)
    }

    /// Tells all executors where the others are.
    func announceAddresses() {
        let (addresses, ids) = state.withLock { state in
            (state.members.values.compactMap(\.address).sorted { $0.executor < $1.executor }, Array(state.members.keys))
        }
        for id in ids { send(id, .executors(addresses)) }
    }

    func change<Result>(_ body: (inout State) -> Result) -> Result { state.withLock { body(&$0) } }
}

extension ExecutorProcess.End: CustomStringConvertible {
    var description: String {
        switch self {
        case .code(let code): "has ended with code \(code)"
        case .signal(let signal): "was ended by signal \(signal) (\(String(cString: strsignal(signal))))"
        }
    }
}

extension NetworkLimits {
    init(_ settings: Settings) {
        self.init()
        keepAliveTimeout = settings[.networkTimeout]
        keepAliveInterval = min(keepAliveInterval, settings[.networkTimeout] / 3)
    }
}

import MartletBlocks
package import MartletCore
package import MartletExecutor
import MartletNetwork
import MartletThreads
import NIOCore
import MartletPortable
package import MartletScheduler
import Synchronization

/// The driver's side of its executors: starts their processes, and carries messages to and from them.
///
/// Decides nothing about tasks: passes events to `deliver`, on one thread, in order.
package final class DriverEndpoint: Sendable {
    /// How many executors to run, and with what.
    package struct Plan: Sendable {
        package var executors: Int
        package var slots: Int
        package var settings: Settings

        package init(executors: Int, slots: Int, settings: Settings) {
            (self.executors, self.slots, self.settings) = (executors, slots, settings)
        }
    }

    /// An event of an executor, or of the endpoint.
    package enum Event: Sendable {
        /// An executor has registered, or has reconnected.
        case registered(ExecutorAddress, slots: Int)
        case message(ExecutorID, ExecutorMessage, payload: [UInt8])
        /// The connection is cut; the executor may reconnect.
        case disconnected(ExecutorID)
        case exited(ExecutorID, reason: String, isFault: Bool)
        /// Executors cannot be started, or end before they are useful. Starts are retried, with growing pauses.
        case trouble(String)
        /// The trouble is over.
        case recovered
        case tick
    }

    let plan: Plan
    let handles: SharedVariables
    let incarnation: UInt64
    private let network: Network
    private let secret: String
    /// The executors that cache a partition.
    let holders: @Sendable (BlockID) -> [ExecutorID]
    private let deliver: @Sendable (Event) -> Void
    /// One thread, which decodes and delivers the reports of executors; no event loop waits for it.
    private let inbox = ThreadPool("driver inbox", threads: 1)
    private let state = Mutex(State())
    private let running = Monitor(0)
    private let listening = Mutex<Listening?>(nil)

    private struct Listening: Sendable {
        let listener: any NetworkListener
        let ticker: Ticker
    }

    struct State: Sendable {
        var sessions: [ExecutorID: ExecutorSession] = [:]
        var pieces = ChunkHolderTable()
        var nextID = 0
        var isStopping = false
        var starts = StartPolicy()

        /// Makes room for one more process.
        ///
        /// - Returns: nil if there are enough, or none may be started now.
        fileprivate mutating func addSession(upTo count: Int) -> ExecutorID? {
            guard !isStopping, sessions.count < count, starts.mayStart(at: .now) else { return nil }
            let id = ExecutorID(nextID)
            nextID += 1
            sessions[id] = ExecutorSession(id)
            return id
        }

        /// An executor has received a task or sent a message: it counts as useful, and a new series of starts begins.
        ///
        /// - Returns: whether this ends the trouble.
        fileprivate mutating func isOfUse(_ id: ExecutorID) -> Bool {
            guard sessions[id]?.wasUseful == false else { return false }
            sessions[id]?.wasUseful = true
            return starts.succeed()
        }
    }

    private static let tickInterval = Duration.milliseconds(50)

    /// Begins to listen, and starts the processes.
    ///
    /// - Parameter holders: which executors cache a partition. Called on an event loop: must not block.
    /// - Throws: `cannotListen`.
    package init(
        _ plan: Plan, _ handles: SharedVariables, holders: @escaping @Sendable (BlockID) -> [ExecutorID] = { _ in [] },
        deliver: @escaping @Sendable (Event) -> Void
    ) throws(ClusterError) {
        self.plan = plan
        self.handles = handles
        self.holders = holders
        self.deliver = deliver
        secret = plan.settings[.secret] ?? Self.drawnSecret()
        incarnation = .random(in: 1 ... .max)
        network = Network()
        handles.blobs.whenDropped { [weak self] dropped in
            self?.state.withLock { state in for blob in dropped { state.pieces.forget(blob) } }
        }
        do {
            let listener = try network.listen(
                on: NetworkAddress(host: "127.0.0.1", port: 0), options(of: "driver")
            ) { [weak self] in ExecutorConnection(self) }
            let ticker = Ticker(every: Self.tickInterval) { [weak self] in self?.tick() }
            listening.withLock { $0 = Listening(listener: listener, ticker: ticker) }
        } catch {
            stop()
            throw .cannotListen(reason: "\(error)")
        }
        startMissing()
    }

    func options(of identity: String) -> NetworkOptions {
        NetworkOptions(
            identity: identity, security: .sharedSecret(secret), limits: NetworkLimits(plan.settings))
    }

    private static func drawnSecret() -> String {
        (0..<4).map { _ in String(UInt64.random(in: .min ... .max), radix: 36) }.joined()
    }

    // MARK: Processes

    /// Starts the processes that are missing, as far as the system allows it.
    private func startMissing() {
        guard let address = listening.withLock({ $0?.listener.address }) else { return }
        while let id = state.withLock({ $0.addSession(upTo: plan.executors) }) {
            start(ExecutorRole(id: id, driver: address.host, port: address.port, secret: secret))
        }
    }

    private func start(_ role: ExecutorRole) {
        let id = role.id
        running.change(waking: .max) { $0 += 1 }
        do throws(StartError) {
            let process = try ExecutorProcess(role) { [weak self] end, words in self?.ended(id, end, words) }
            let isStopping = state.withLock { state in
                state.sessions[id]?.process = process
                return state.isStopping
            }
            if isStopping { process.kill() }
        } catch {
            let isTold = state.withLock { state in
                state.sessions[id] = nil
                return state.starts.fail(at: .now, tellsAtOnce: true)
            }
            running.change(waking: .max) { $0 -= 1 }
            if isTold { tell(.trouble("\(error)")) }
        }
    }

    private func ended(_ id: ExecutorID, _ end: ExecutorProcess.End, _ words: LastWords) {
        let reason = end.reason(words)
        let (session, isTold, isStopping) = state.withLock { state in
            let session = state.sessions.removeValue(forKey: id)
            state.pieces.forget(id)
            let isTold = session?.wasUseful == false && state.starts.fail(at: .now, tellsAtOnce: false)
            return (session, isTold, state.isStopping)
        }
        session?.connection?.close(reason: "the executor has ended")
        // Decrement only after the replacement is counted, so that `stop()` waits for it too.
        defer { running.change(waking: .max) { $0 -= 1 } }
        if isStopping { return }
        tell(.exited(id, reason: "its process \(reason)", isFault: true))
        if isTold { tell(.trouble("executors come to nothing: the process of executor \(id) \(reason)")) }
        startMissing()
    }

    /// Kills an executor; another takes its place.
    package func kill(_ id: ExecutorID) { state.withLock { $0.sessions[id]?.process }?.kill() }

    /// Ends all processes, and waits until they are gone.
    package func stop() {
        let sessions = state.withLock { state in
            state.isStopping = true
            return Array(state.sessions.values)
        }
        let processes = sessions.compactMap(\.process)
        for session in sessions {
            // Processes that have only begun would not receive it.
            if session.isReady, session.connection != nil {
                send(session.id, .stop(reason: "the application has ended"))
            } else {
                session.process?.kill()
            }
        }
        if running.wait(atMost: .seconds(2), for: { $0 == 0 ? () : nil }) == nil {
            for process in processes { process.kill() }
            _ = running.wait(atMost: .seconds(10), for: { $0 == 0 ? () : nil })
        }
        let listening = self.listening.withLock { $0.take() }
        listening?.ticker.stop()
        listening?.listener.stop()
        inbox.stop()
        network.shutdown()
        // The scratch files of executors that were killed.
        ScratchSpace(plan.settings).removeAbandoned()
    }

    // MARK: Messages

    /// Sends a message after those before it. Never waits.
    package func send(_ id: ExecutorID, _ message: DriverMessage, payload: [UInt8] = []) {
        let body = Wire.driver.encode(message, payload)
        let (isTaken, isOver) = state.withLock { state in
            var isOver = false
            if case .launch = message { isOver = state.isOfUse(id) }
            return (state.sessions[id]?.send(body) ?? true, isOver)
        }
        if isOver { tell(.recovered) }
        if !isTaken { kill(id) }
    }

    /// Decodes and delivers messages of an executor.
    private func take(_ bodies: [[UInt8]], from id: ExecutorID) {
        for body in bodies {
            inbox.enqueue([{ [weak self] in
                do {
                    let (message, payload) = try Wire.executor.decode(body)
                    self?.deliver(.message(id, message, payload: payload))
                } catch {
                    // The executor runs the same program, over a line that resends damaged data: a retry cannot help.
                    self?.kill(id)
                }
            }])
        }
    }

    private func tell(_ event: Event) { inbox.enqueue([{ [deliver] in deliver(event) }]) }

    private func tick() {
        state.withLock { state in
            for id in Array(state.sessions.keys) { state.sessions[id]?.tick() }
        }
        // Retries starts that failed, or that were of no use.
        startMissing()
        tell(.tick)
    }
}

// Messages and requests that arrive over connections.
extension DriverEndpoint {
    /// Admits an executor that says hello.
    ///
    /// - Returns: why it is refused; nil if it is admitted.
    func admit(_ hello: Hello, _ connection: any NetworkConnection) -> String? {
        guard hello.image == ProgramIdentity.own else {
            return "it runs another program than the driver (\(hello.image) and not \(ProgramIdentity.own))"
        }
        let (isKnown, old) = state.withLock { state in
            state.sessions[hello.executor]?.connect(connection, hello, driver: incarnation) ?? (false, nil)
        }
        old?.close(reason: "there is a newer connection")
        guard isKnown else { return "executor \(hello.executor) is not wanted any more" }
        connection.send(
            WireKind.welcome.message(Welcome(incarnation: incarnation, settings: plan.settings, slots: plan.slots)))
        return nil
    }

    func ready(_ id: ExecutorID, _ ready: Ready) {
        state.withLock { $0.sessions[id]?.isReady = true }
        tell(.registered(ExecutorAddress(id: id, host: ready.host, port: ready.port), slots: plan.slots))
    }

    func receive(_ frame: LinkFrame<[UInt8]>, from id: ExecutorID) {
        let (bodies, isOver) = state.withLock { state in
            let bodies = state.sessions[id]?.receive(frame) ?? []
            return (bodies, bodies.isEmpty ? false : state.isOfUse(id))
        }
        if isOver { tell(.recovered) }
        if !bodies.isEmpty { take(bodies, from: id) }
    }

    func closed(_ id: ExecutorID, _ connection: any NetworkConnection) {
        let wasCurrent = state.withLock { $0.sessions[id]?.disconnect(connection) ?? false }
        if wasCurrent { tell(.disconnected(id)) }
    }

    /// Answers a request for a piece of a value.
    func give(
        _ index: Int, of blob: PortableHash, to id: ExecutorID, isSecondTime: Bool, _ answer: NetworkAnswer
    ) {
        guard let content = handles.blobs.content(of: blob), let range = Piece.range(index, of: content.count) else {
            return answer.fail(handles.whyMissing(blob))
        }
        let holders = state.withLock { state in
            // If the value is dropped meanwhile, `pieces` forgets it after this.
            guard handles.blobs.content(of: blob) != nil else { return [ExecutorID]() }
            return state.pieces.ask(id, for: index, of: blob, isSecondTime: isSecondTime)
        }
        let bytes = holders.isEmpty ? content.bytes(range) : []
        answer.send(
            PieceAnswer(totalBytes: content.count, bytes: bytes, holders: holders.map(\.rawValue)).encoded)
    }

    /// Gets a result that was too large for its report.
    ///
    /// - Parameter done: called once, with nil if the executor is gone.
    package func fetchResult(of task: TaskID, from id: ExecutorID, _ done: @escaping @Sendable ([UInt8]?) -> Void) {
        guard let connection = state.withLock({ $0.sessions[id]?.connection }) else { return done(nil) }
        let stream = connection.stream(BlockRequest.result(task).encoded, timeout: plan.settings[.networkTimeout])
        startDetachedThread("a result", stackBytes: 1 << 20) {
            var bytes: [UInt8] = []
            do {
                while let piece = try stream.next() { bytes.append(contentsOf: piece.readableBytesView) }
                connection.send(WireKind.release.message(task))
                done(bytes)
            } catch {
                done(nil)
            }
        }
    }

    /// Releases an unwanted result that was too large for its report.
    package func releaseResult(of task: TaskID, from id: ExecutorID) {
        state.withLock { $0.sessions[id]?.connection }?.send(WireKind.release.message(task))
    }
}

// Inspection and faults for tests.
extension DriverEndpoint {
    /// Values that are kept for executors, and values with known holders.
    package var valueCounts: (kept: Int, tracked: Int) { (handles.blobs.count, state.withLock { $0.pieces.count }) }

    /// Closes the connection of an executor, as a network may at any time.
    package func cutConnection(of id: ExecutorID) {
        state.withLock { $0.sessions[id]?.connection }?.close(reason: "a test cuts it")
    }
}

extension NetworkLimits {
    init(_ settings: Settings) {
        self.init()
        keepAliveTimeout = settings[.networkTimeout]
        keepAliveInterval = min(keepAliveInterval, settings[.networkTimeout] / 3)
    }
}

import MartletBlocks
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletExecutor
import MartletNetwork
import MartletPortable
import MartletScheduler
import MartletThreads
import Synchronization

/// An executor's line to its driver: reconnects after a cut, without losing or repeating a message.
final class DriverClient: Sendable {
    private let role: ExecutorRole
    private let network: any Networking
    private let options: NetworkOptions
    private let incarnation = UInt64.random(in: 1 ... .max)
    private let state = Mutex(State())
    private let phase = Monitor(Phase())

    private struct State: Sendable {
        var connection: (any NetworkConnection)?
        var link: Link?
        /// Takes messages, once the executor is ready for them.
        var runtime: ExecutorRuntime?
        var ready: Ready?
        var server: BlockServer?
        /// A thread reconnects; if the line is cut again meanwhile, the thread must continue.
        var isReconnecting = false
        var isCutAgain = false
    }

    private struct Phase: Sendable {
        var welcome: Welcome?
        /// Why the executor ends.
        var end: String?
    }

    private typealias Link = ReliableLink<[UInt8], [UInt8]>

    /// How long reconnecting is retried, and how often.
    private static let (patience, interval) = (Duration.seconds(5), Duration.milliseconds(50))

    init(_ role: ExecutorRole, _ network: any Networking, _ options: NetworkOptions) {
        self.role = role
        self.network = network
        self.options = options
    }

    /// Connects for the first time, and waits for the driver's answer.
    ///
    /// - Returns: nil if the driver refuses this process: see `waitForEnd`.
    func open() throws(NetworkError) -> Welcome? {
        try connect()
        return phase.wait { phase in phase.end != nil ? .some(nil) : phase.welcome.map { .some($0) } }
    }

    /// Accepts messages from now on.
    func begin(_ runtime: ExecutorRuntime, _ server: BlockServer, port: Int) {
        let ready = Ready(host: role.host, port: port, slots: role.slots)
        let connection = state.withLock { state in
            (state.runtime, state.server, state.ready) = (runtime, server, ready)
            return state.connection
        }
        connection?.send(WireKind.ready.message(ready))
    }

    func waitForEnd() -> String { phase.wait { $0.end } }

    /// Ends the executor.
    func end(_ reason: String) { phase.change(waking: .max) { if $0.end == nil { $0.end = reason } } }

    /// Sends a message after those before it. Never waits.
    func send(_ message: ExecutorMessage, payload: [UInt8]) {
        let body = Wire.executor.encode(message, payload)
        state.withLock { _ = step(.send(body), &$0) }
    }

    func tick() {
        let runtime = state.withLock { state in
            _ = step(.tick, &state)
            return state.runtime
        }
        runtime?.tick()
    }

    /// Asks the driver and waits for its answer.
    func ask(_ request: BlockRequest, isSecondTime: Bool, timeout: Duration) throws -> [UInt8] {
        guard let connection = state.withLock({ $0.connection }) else { throw LineIsCut() }
        return try connection.requestBlocking(DriverRequest(request, isSecondTime).encoded, timeout: timeout)
    }

    /// - Returns: messages that have arrived.
    private func step(_ event: Link.Event, _ state: inout State) -> [[UInt8]] {
        var delivered: [[UInt8]] = []
        for action in state.link?.handle(event, at: .now) ?? [] {
            switch action {
            case .transmit(let frame): state.connection?.send(WireKind.frame.message(frame))
            case .deliver(let body): delivered.append(body)
            case .overflow: end("the driver does not take what it is sent")
            }
        }
        return delivered
    }

    // MARK: The connection

    private func connect() throws(NetworkError) {
        let address = NetworkAddress(host: role.driver.host, port: role.driver.port)
        let connection = try network.connect(to: address, options, handler: DriverClientHandler(self))
        connection.send(
            WireKind.hello.message(Hello(executor: role.id, incarnation: incarnation, image: ProgramIdentity.own)))
    }

    fileprivate func receive(_ message: [UInt8], on connection: any NetworkConnection) {
        do {
            switch try WireKind(of: message) {
            case .welcome: welcome(try WireKind.body(of: message), on: connection)
            case .frame: try take(WireKind.body(of: message), on: connection)
            case .release:
                let task: TaskID = try WireKind.body(of: message)
                state.withLock { $0.runtime }?.runner.releaseResult(of: task)
            case .refusal: end(try WireKind.body(of: message))
            case .hello, .ready: connection.close(reason: "a driver says no hello")
            }
        } catch {
            connection.close(reason: "\(error)")
        }
    }

    private func welcome(_ welcome: Welcome, on connection: any NetworkConnection) {
        state.withLock { state in
            state.connection = connection
            if state.link == nil {
                state.link = Link(local: incarnation, peer: welcome.incarnation, retransmitAfter: Wire.retransmitAfter)
            } else {
                _ = step(.reconnected, &state)
            }
            if let ready = state.ready { connection.send(WireKind.ready.message(ready)) }
        }
        phase.change(waking: .max) { $0.welcome = welcome }
    }

    private func take(_ frame: LinkFrame<[UInt8]>, on connection: any NetworkConnection) throws {
        let (bodies, runtime) = state.withLock { state in (step(.received(frame), &state), state.runtime) }
        for body in bodies {
            let (message, payload) = try Wire.driver.decode(body)
            runtime?.receive(message, payload: payload)
        }
    }

    fileprivate func serve(_ body: [UInt8], _ connection: any NetworkConnection, _ answer: NetworkAnswer) {
        guard let server = state.withLock({ $0.server }) else { return answer.fail("the executor is not ready") }
        server.requested(body, on: connection, answer: answer)
    }

    private var endReason: String? { phase.wait { .some($0.end) } }

    fileprivate func closed(_ connection: any NetworkConnection, _ reason: NetworkError?) {
        let isFinal: Bool? = state.withLock { state in
            // Another connection has replaced it.
            if let current = state.connection, current !== connection { return nil }
            state.connection = nil
            guard state.link != nil else { return true }
            defer { state.isReconnecting = true }
            state.isCutAgain = state.isReconnecting
            return state.isReconnecting ? nil : false
        }
        guard let isFinal else { return }
        if isFinal {
            end("the driver does not answer: \(reason.map { "\($0)" } ?? "closed")")
        } else {
            startDetachedThread("a line to the driver", stackBytes: 1 << 20) { [self] in reconnect() }
        }
    }

    /// Reconnects a cut line, also if it is cut again before the driver has said welcome.
    private func reconnect() {
        let deadline = Instant.now + Self.patience
        while endReason == nil {
            state.withLock { $0.isCutAgain = false }
            do throws(NetworkError) {
                try connect()
                let isMade = state.withLock { state in
                    state.isReconnecting = state.isCutAgain
                    return !state.isCutAgain
                }
                if isMade { return }
                if Instant.now > deadline { return end("the driver cuts every connection") }
            } catch {
                // If nothing listens there any more, the driver has ended.
                if error.isRefusal || Instant.now > deadline { return end("the driver is gone: \(error)") }
            }
            _ = phase.wait(atMost: Self.interval) { $0.end }
        }
    }
}

/// Handles the messages and requests of one connection.
private final class DriverClientHandler: NetworkHandler {
    private let line: DriverClient

    init(_ line: DriverClient) { self.line = line }

    func connected(_ connection: any NetworkConnection) {}

    func received(_ message: [UInt8], on connection: any NetworkConnection) { line.receive(message, on: connection) }

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        line.serve(body, connection, answer)
    }

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) { line.closed(connection, reason) }
}

/// The driver cannot be asked now.
private struct LineIsCut: Error, CustomStringConvertible {
    var description: String { "there is no connection to the driver at the moment" }
}

extension NetworkError {
    /// Nothing listens at the address.
    fileprivate var isRefusal: Bool {
        if case .connectFailed(_, let reason) = self { reason.lowercased().contains("refused") } else { false }
    }
}

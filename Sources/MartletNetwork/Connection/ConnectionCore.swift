import MartletCore
import NIOCore
import Synchronization

/// One end of a connection: the state behind a lock, the requests that wait for answers, and the handler.
///
/// Any thread may call; callbacks run on the transport's event loop, never under the lock.
final class ConnectionCore: NetworkConnection {
    struct Shared {
        var state: ConnectionState
        var waiting: [UInt64: Waiting] = [:]
        var makers: [UInt64: ChunkMaker] = [:]
        /// Actions that result from calls of other threads, until the event loop performs them.
        var pending: [ConnectionAction] = []
        /// Whether the transport has been woken.
        var isWoken = false
        var identity: String?
        var handler: (any NetworkHandler)?
        /// Taken when the handshake is complete, or has failed.
        var whenOpen: (@Sendable (Result<ConnectionCore, NetworkError>) -> Void)?
    }

    enum Waiting {
        case plain(@Sendable (Result<[UInt8], NetworkError>) -> Void)
        case stream(StreamInbox)
    }

    let peer: NetworkAddress
    let transport: any Transport
    let makeHandler: @Sendable () -> any NetworkHandler
    let shared: Mutex<Shared>

    init(
        role: ConnectionRole, peer: NetworkAddress, options: NetworkOptions, transport: any Transport,
        makeHandler: @escaping @Sendable () -> any NetworkHandler,
        whenOpen: @escaping @Sendable (Result<ConnectionCore, NetworkError>) -> Void
    ) {
        self.peer = peer
        self.transport = transport
        self.makeHandler = makeHandler
        let state = ConnectionState(
            role: role, address: peer, identity: options.identity, limits: options.limits, at: transport.now)
        shared = Mutex(Shared(state: state, whenOpen: whenOpen))
    }

    var identity: String { shared.withLock { $0.identity ?? "" } }

    /// Whether the handshake was completed.
    var wasOpen: Bool { shared.withLock { $0.identity != nil } }

    func send(_ message: [UInt8]) {
        let now = transport.now
        change { $0.pending += $0.state.send(message, at: now) }
    }

    func request(
        _ body: [UInt8], timeout: Duration, _ done: @escaping @Sendable (Result<[UInt8], NetworkError>) -> Void
    ) {
        do throws(NetworkError) {
            _ = try ask(body, streamed: false, timeout: timeout) { _ in .plain(done) }
        } catch {
            done(.failure(error))
        }
    }

    func stream(_ body: [UInt8], timeout: Duration) -> NetworkStream {
        do throws(NetworkError) {
            let waiting = try ask(body, streamed: true, timeout: timeout) { .stream(StreamInbox(self, request: $0)) }
            guard case .stream(let inbox) = waiting else { preconditionFailure("a stream was asked for") }
            return NetworkStream(inbox)
        } catch {
            return NetworkStream(StreamInbox(self, failed: error))
        }
    }

    func close(reason: String) {
        let now = transport.now
        change { $0.pending += $0.state.close(reason: reason, at: now) }
    }

    func block(until isReady: () -> Bool, _ signal: Signal) { transport.block(until: isReady, signal) }

    private func ask(
        _ body: [UInt8], streamed: Bool, timeout: Duration, _ make: (UInt64) -> Waiting
    ) throws(NetworkError) -> Waiting {
        let now = transport.now
        let outcome: Result<Waiting, NetworkError> = change { shared in
            do throws(NetworkError) {
                let id = try shared.state.ask(body, streamed: streamed, timeout: timeout, at: now)
                let waiting = make(id)
                shared.waiting[id] = waiting
                shared.pending += shared.state.checkOverflow(at: now)
                return .success(waiting)
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    /// The reader of a stream has taken bytes.
    func consumed(_ count: Int, of id: UInt64) {
        let now = transport.now
        change { $0.state.consumed(count, of: id, at: now) }
    }

    /// The reader of a stream cancels it.
    func cancel(_ id: UInt64) {
        change { shared in
            if shared.state.cancel(id) { shared.waiting[id] = nil }
        }
    }

    /// Changes the shared state, and wakes the event loop if it has work.
    func change<Value>(_ body: (inout Shared) -> Value) -> Value {
        var result: Value?
        let wakes = shared.withLock { shared in
            result = body(&shared)
            guard !shared.isWoken, shared.state.hasOutput || !shared.pending.isEmpty || shared.state.isDueEarlier
            else { return false }
            shared.isWoken = true
            return true
        }
        if wakes { transport.wake() }
        return result!
    }
}

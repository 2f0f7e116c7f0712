import MartletBlocks
import MartletCore
import MartletNetwork
import NIOCore
import Synchronization

/// Connections to the other executors, made when they are first needed.
final class ExecutorClients: Sendable {
    private let network: any Networking
    private let options: NetworkOptions
    private let timeout: Duration
    private let state = Mutex(State())

    private struct State: Sendable {
        var addresses: [ExecutorID: NetworkAddress] = [:]
        var connections: [ExecutorID: any NetworkConnection] = [:]
        /// Answers requests of the peers over the same connections.
        var server: (any NetworkHandler)?
    }

    /// - Parameter timeout: after which a silent peer counts as unreachable.
    init(_ network: any Networking, _ options: NetworkOptions, timeout: Duration) {
        self.network = network
        self.options = options
        self.timeout = timeout
    }

    func serve(with server: any NetworkHandler) { state.withLock { $0.server = server } }

    /// Sets where executors listen; executors that are left out are gone.
    func place(_ addresses: [ExecutorID: NetworkAddress]) {
        let closed = state.withLock { state in
            let gone = state.connections.filter { addresses[$0.key] != state.addresses[$0.key] }
            state.addresses = addresses
            for id in gone.keys { state.connections[id] = nil }
            return gone.values
        }
        for connection in closed { connection.close(reason: "the executor is gone") }
    }

    private func connection(to executor: ExecutorID) throws(FetchFailure) -> any NetworkConnection {
        let (known, address) = state.withLock { ($0.connections[executor], $0.addresses[executor]) }
        if let known { return known }
        guard let address else { throw .unreachable(executor: executor, reason: "it is gone") }
        let made: any NetworkConnection
        do {
            made = try network.connect(to: address, options, handler: PeerHandler(self, executor))
        } catch {
            throw FetchFailure(connecting: error, executor)
        }
        let (kept, spare) = state.withLock { state in
            // Another thread may have been faster.
            if let known = state.connections[executor] { return (known, made as (any NetworkConnection)?) }
            state.connections[executor] = made
            return (made, nil)
        }
        spare?.close(reason: "one connection is enough")
        return kept
    }

    fileprivate func forget(_ connection: any NetworkConnection, _ executor: ExecutorID) {
        state.withLock { state in
            if state.connections[executor] === connection { state.connections[executor] = nil }
        }
    }

    fileprivate func serve(_ body: [UInt8], _ connection: any NetworkConnection, _ answer: NetworkAnswer) {
        guard let server = state.withLock({ $0.server }) else { return answer.fail("the executor is not ready") }
        server.requested(body, on: connection, answer: answer)
    }

    /// The other executors, beginning with the next after an executor.
    func others(after executor: ExecutorID) -> [ExecutorID] {
        let all = state.withLock { $0.addresses.keys.sorted() }.filter { $0 != executor }
        return all.filter { $0 > executor } + all.filter { $0 < executor }
    }

    /// Begins to read a partition that an executor caches. Returns when the executor has begun to send it.
    func open(_ id: BlockID, at executor: ExecutorID) throws(FetchFailure) -> any RemoteBytes {
        let request = BlockRequest.block(id)
        let stream = try connection(to: executor).stream(request.encoded, timeout: timeout)
        do {
            return StreamedBytes(stream, request, executor, expected: try stream.totalBytes())
        } catch {
            throw FetchFailure(error, request, executor)
        }
    }

    /// Asks an executor and waits for its answer.
    func ask(_ executor: ExecutorID, _ request: BlockRequest) throws(FetchFailure) -> [UInt8] {
        let connection = try connection(to: executor)
        do {
            return try connection.requestBlocking(request.encoded, timeout: timeout)
        } catch {
            throw FetchFailure(error, request, executor)
        }
    }

    func stop() { place([:]) }
}

extension ExecutorClients: BlockTransfer {
    func index(of path: String, at executor: ExecutorID) throws(FetchFailure) -> [UInt8] {
        try ask(executor, .index(path: path))
    }

    func open(_ path: String, at executor: ExecutorID, range: Range<Int>) throws(FetchFailure) -> any RemoteBytes {
        let request = BlockRequest.range(path: path, offset: range.lowerBound, length: range.count)
        let stream = try connection(to: executor).stream(request.encoded, timeout: timeout)
        return StreamedBytes(stream, request, executor, expected: range.count)
    }

    func verify(_ path: String, at executor: ExecutorID, range: Range<Int>?) throws(FetchFailure) -> String? {
        let verdict = try ask(executor, .verification(path: path, range: range))
        return verdict.isEmpty ? nil : String(decoding: verdict, as: UTF8.self)
    }
}

/// The answer to a request, piece by piece.
private final class StreamedBytes: RemoteBytes {
    private let stream: NetworkStream
    private let request: BlockRequest
    private let executor: ExecutorID
    private let expected: Int
    // Used by one thread at a time.
    private let received = Mutex(0)

    init(_ stream: NetworkStream, _ request: BlockRequest, _ executor: ExecutorID, expected: Int) {
        self.stream = stream
        self.request = request
        self.executor = executor
        self.expected = expected
    }

    func next() throws(FetchFailure) -> [UInt8]? {
        do {
            if let piece = try stream.next() {
                received.withLock { $0 += piece.readableBytes }
                return Array(piece.readableBytesView)
            }
        } catch {
            throw FetchFailure(error, request, executor)
        }
        let found = received.withLock { $0 }
        guard found == expected else {
            throw .length(path: request.path, executor: executor, expected: expected, found: found)
        }
        return nil
    }
}

/// Handles a connection that this process has made.
private final class PeerHandler: NetworkHandler {
    private weak let clients: ExecutorClients?
    private let executor: ExecutorID

    init(_ clients: ExecutorClients, _ executor: ExecutorID) {
        self.clients = clients
        self.executor = executor
    }

    func connected(_ connection: any NetworkConnection) {}

    func received(_ message: [UInt8], on connection: any NetworkConnection) {}

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        guard let clients else { return answer.fail("the executor is stopping") }
        clients.serve(body, connection, answer)
    }

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) { clients?.forget(connection, executor) }
}

extension FetchFailure {
    /// A connection that could not be made.
    fileprivate init(connecting error: NetworkError, _ executor: ExecutorID) {
        if case .tooManyOpenFiles(_, let limit) = error {
            self = .tooManyOpenFiles(executor: executor, reason: "\(limit)")
        } else {
            self = .unreachable(executor: executor, reason: "\(error)")
        }
    }

    /// A request that failed.
    fileprivate init(_ error: NetworkError, _ request: BlockRequest, _ executor: ExecutorID) {
        switch error {
        case .failed(_, .tooManyOpenFiles, let text): self = .tooManyOpenFiles(executor: executor, reason: text)
        case .failed(_, .busy, _): self = .unreachable(executor: executor, reason: "\(error)")
        case .failed: self = .gone(path: request.path, executor: executor, reason: "\(error)")
        default: self = .unreachable(executor: executor, reason: "\(error)")
        }
    }
}

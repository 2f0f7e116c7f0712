import Dispatch
import MartletFiles
import NIOCore
import NIOPosix
import NIOSSL
import Synchronization

/// Connections over TCP. One serves a whole process; its threads live until it is shut down.
package final class Network: Networking {
    private let group: MultiThreadedEventLoopGroup
    private let disk: NIOThreadPool
    private let state = Mutex(State())
    /// Channels that are open.
    private let channels = DispatchGroup()

    private struct State {
        var isShutDown = false
        var listeners: [ObjectIdentifier: Listener] = [:]
        var connections: [ObjectIdentifier: ConnectionCore] = [:]
    }

    /// - Parameters:
    ///   - threads: event loops: one is enough for a few GB/s.
    ///   - diskThreads: for files of streams.
    package init(threads: Int = 1, diskThreads: Int = 2) {
        group = closingOnExec { MultiThreadedEventLoopGroup(numberOfThreads: threads) }
        disk = NIOThreadPool(numberOfThreads: diskThreads)
        disk.start()
    }

    package func listen(
        on address: NetworkAddress, _ options: NetworkOptions,
        makeHandler: @escaping @Sendable () -> any NetworkHandler
    ) throws(NetworkError) -> any NetworkListener {
        try check(address, options)
        let tls = try makeTLS(options.security, .listener)
        let listener = Listener(self)
        let limits = options.limits
        do {
            let bootstrap = ServerBootstrap(group: group)
                .serverChannelOption(.backlog, value: 256)
                .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
                .childChannelInitializer { [self] channel in
                    channel.eventLoop.makeCompletedFuture {
                        guard listener.takes(limits) else { throw ChannelError.operationUnsupported }
                        try prepare(
                            channel, .listener, NetworkAddress(channel.remoteAddress) ?? .unknown, options, tls,
                            makeHandler: makeHandler, owner: listener, whenOpen: { listener.opened($0) })
                    }
                }
            let channel = try bootstrap.bind(host: address.host, port: address.port).wait()
            closeOnExec(local: channel.localAddress, remote: nil)
            listener.started(channel, NetworkAddress(channel.localAddress) ?? address)
        } catch {
            throw .listenFailed(address, reason: words(error))
        }
        let isLate = state.withLock { state in
            if !state.isShutDown { state.listeners[ObjectIdentifier(listener)] = listener }
            return state.isShutDown
        }
        if isLate {
            listener.stop()
            throw .shutDown
        }
        return listener
    }

    package func connect(
        to address: NetworkAddress, _ options: NetworkOptions, handler: any NetworkHandler,
        _ done: @escaping @Sendable (Result<any NetworkConnection, NetworkError>) -> Void
    ) {
        let tls: NIOSSLContext?
        do throws(NetworkError) {
            try check(address, options)
            tls = try makeTLS(options.security, .connector)
        } catch {
            return done(.failure(error))
        }
        let answer = Once(done)
        ClientBootstrap(group: group)
            .connectTimeout(TimeAmount(options.limits.connectTimeout))
            // Input waits for the handlers.
            .channelOption(.autoRead, value: false)
            .connect(host: address.host, port: address.port)
            .whenComplete { [self] outcome in
                switch outcome {
                case .failure(let error): answer.give(.failure(connectError(error, address)))
                // On the channel's event loop, like all reports of its bootstrap.
                case .success(let channel): begin(channel, address, options, tls, handler, answer)
                }
            }
    }

    private func begin(
        _ channel: any Channel, _ address: NetworkAddress, _ options: NetworkOptions, _ tls: NIOSSLContext?,
        _ handler: any NetworkHandler, _ answer: Once<Result<any NetworkConnection, NetworkError>>
    ) {
        do {
            try prepare(
                channel, .connector, address, options, tls, makeHandler: { handler }, owner: nil,
                whenOpen: { outcome in answer.give(outcome.map { $0 as any NetworkConnection }) })
            try channel.syncOptions?.setOption(.autoRead, value: true)
        } catch {
            channel.close(promise: nil)
            answer.give(.failure(error as? NetworkError ?? connectError(error, address)))
        }
    }

    package func block(until isReady: () -> Bool, _ signal: Signal) { blockThread(until: isReady, signal) }

    /// Stops all listeners, closes all connections and ends the threads; waits until all that is done. For plain threads.
    package func shutdown() {
        let (listeners, connections) = state.withLock { state in
            let isFirst = !state.isShutDown
            state.isShutDown = true
            return isFirst ? (Array(state.listeners.values), Array(state.connections.values)) : ([], [])
        }
        for listener in listeners { listener.stop() }
        for connection in connections { connection.close(reason: "the process ends") }
        channels.wait()
        // The group only refuses if it is used from its own threads, or shut down twice.
        try? group.syncShutdownGracefully()
        try? disk.syncShutdownGracefully()
    }

    private func check(_ address: NetworkAddress, _ options: NetworkOptions) throws(NetworkError) {
        guard !state.withLock({ $0.isShutDown }) else { throw .shutDown }
        if options.security == .none, !isLoopback(address.host) { throw .unprotected(address) }
    }

    /// Makes the connection of a channel, on its event loop.
    private func prepare(
        _ channel: any Channel, _ role: ConnectionRole, _ peer: NetworkAddress, _ options: NetworkOptions,
        _ tls: NIOSSLContext?, makeHandler: @escaping @Sendable () -> any NetworkHandler, owner: Listener?,
        whenOpen: @escaping @Sendable (Result<ConnectionCore, NetworkError>) -> Void
    ) throws {
        closeOnExec(local: channel.localAddress, remote: channel.remoteAddress)
        let transport = ChannelTransport(channel.eventLoop)
        let core = ConnectionCore(
            role: role, peer: peer, options: options, transport: transport, makeHandler: makeHandler,
            whenOpen: whenOpen)
        let handler = ConnectionHandler(core: core, transport: transport, disk: disk, sendsRegions: tls == nil)
        transport.attach(handler)
        let key = ObjectIdentifier(core)
        owner?.began(core)
        channels.enter()
        let isLate = state.withLock { state in
            state.connections[key] = core
            return state.isShutDown
        }
        channel.closeFuture.whenComplete { [self] _ in
            core.disconnected(nil)
            state.withLock { $0.connections[key] = nil }
            owner?.ended(core)
            channels.leave()
        }
        if isLate { throw NetworkError.shutDown }
        try channel.syncOptions?.setOption(.tcpOption(.tcp_nodelay), value: 1)
        try channel.syncOptions?.setOption(
            .recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 2048, initial: 16 << 10, maximum: 512 << 10))
        try addTLS(tls, role, to: channel)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    func forget(_ listener: Listener) { state.withLock { $0.listeners[ObjectIdentifier(listener)] = nil } }
}

/// The text of an error, in the system's words if it has any.
func words(_ error: any Error) -> String {
    switch error {
    case let error as IOError: systemText(error.errnoCode)
    case let error as NIOConnectionError where error.connectionErrors.isEmpty: "its name is not known"
    case let error as NIOConnectionError: words(error.connectionErrors[0].error)
    case ChannelError.connectTimeout: "it did not answer in time"
    default: "\(error)"
    }
}

/// Why the connection failed.
private func connectError(_ error: any Error, _ address: NetworkAddress) -> NetworkError {
    var code = (error as? IOError)?.errnoCode
    if let error = error as? NIOConnectionError {
        code = error.connectionErrors.lazy.compactMap { ($0.error as? IOError)?.errnoCode }.first
    }
    return code.flatMap(OpenFilesLimit.init(code:)).map { .tooManyOpenFiles(address, $0) }
        ?? .connectFailed(address, reason: words(error))
}

/// Calls a function the first time, and never again.
final class Once<Value: Sendable>: Sendable {
    private let function: Mutex<(@Sendable (Value) -> Void)?>

    init(_ function: @escaping @Sendable (Value) -> Void) { self.function = Mutex(function) }

    func give(_ value: Value) {
        let function = function.withLock { stored in
            defer { stored = nil }
            return stored
        }
        function?(value)
    }
}

import Dispatch
import NIOCore
import Synchronization

/// A socket that accepts connections.
final class Listener: NetworkListener {
    private struct State {
        var address = NetworkAddress.unknown
        var channel: (any Channel)?
        var isStopped = false
        /// Connections whose handshake is not complete, oldest first.
        var begun: [ConnectionCore] = []
        /// All connections.
        var connections: [ObjectIdentifier: ConnectionCore] = [:]
        var refused = 0

        mutating func endHandshake(_ core: ConnectionCore) { begun.removeAll { $0 === core } }
    }

    private let network: Network
    private let state = Mutex(State())
    /// Connections that are open.
    private let open = DispatchGroup()

    init(_ network: Network) { self.network = network }

    var address: NetworkAddress { state.withLock { $0.address } }
    var refusedConnections: Int { state.withLock { $0.refused } }

    func stop() {
        let (channel, connections) = state.withLock { state in
            state.isStopped = true
            return (state.channel, Array(state.connections.values))
        }
        if let channel {
            let closed = Promise<Bool>()
            channel.closeFuture.whenComplete { _ in closed.fulfil(true) }
            channel.close(promise: nil)
            blockThread(until: { closed.isFulfilled }, closed.signal)
        }
        for connection in connections { connection.close(reason: "the listener was stopped") }
        open.wait()
        network.forget(self)
    }

    func started(_ channel: any Channel, _ address: NetworkAddress) {
        state.withLock { state in
            state.channel = channel
            state.address = address
        }
    }

    /// Whether one more connection can begin.
    ///
    /// If too many handshakes are incomplete, the oldest is closed: a peer that knows the secret completes its handshake
    /// quickly, and strangers that only wait must not keep peers out.
    func takes(_ limits: NetworkLimits) -> Bool {
        let (isTaken, oldest) = state.withLock { state -> (Bool, ConnectionCore?) in
            guard !state.isStopped, state.connections.count < limits.maxConnections else {
                state.refused += 1
                return (false, nil)
            }
            return (true, state.begun.count < limits.maxHandshakes ? nil : state.begun.removeFirst())
        }
        oldest?.close(reason: "too many handshakes wait, and this is the oldest")
        return isTaken
    }

    func began(_ core: ConnectionCore) {
        open.enter()
        let isLate = state.withLock { state in
            state.connections[ObjectIdentifier(core)] = core
            state.begun.append(core)
            return state.isStopped
        }
        if isLate { core.close(reason: "the listener was stopped") }
    }

    /// The handshake of a connection is over.
    func opened(_ outcome: Result<ConnectionCore, NetworkError>) {
        if case .success(let core) = outcome { state.withLock { $0.endHandshake(core) } }
    }

    func ended(_ core: ConnectionCore) {
        state.withLock { state in
            state.connections[ObjectIdentifier(core)] = nil
            state.endHandshake(core)
            if !core.wasOpen { state.refused += 1 }
        }
        open.leave()
    }
}

import Dispatch
import NIOCore
import Synchronization

/// A socket that takes connections.
final class Listener: NetworkListener {
    private struct State {
        var address = NetworkAddress.unknown
        var channel: (any Channel)?
        var isStopped = false
        /// Connections whose handshake is not through, and all.
        var handshakes = 0
        var connections: [ObjectIdentifier: ConnectionCore] = [:]
        var refused = 0
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
            let closed = Arrival<Bool>()
            channel.closeFuture.whenComplete { _ in closed.come(true) }
            channel.close(promise: nil)
            blockThread(until: { closed.isHere }, closed.bell)
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

    /// Whether one more connection can begin; counts it as one that has not completed its handshake.
    func takes(_ limits: NetworkLimits) -> Bool {
        state.withLock { state in
            guard !state.isStopped, state.handshakes < limits.maxHandshakes,
                state.connections.count < limits.maxConnections
            else {
                state.refused += 1
                return false
            }
            state.handshakes += 1
            return true
        }
    }

    func began(_ core: ConnectionCore) {
        open.enter()
        let isLate = state.withLock { state in
            state.connections[ObjectIdentifier(core)] = core
            return state.isStopped
        }
        if isLate { core.close(reason: "the listener was stopped") }
    }

    /// The handshake of a connection is over.
    func opened(_ outcome: Result<ConnectionCore, NetworkError>) {
        // One that was refused counts until its channel is gone.
        if case .success = outcome { state.withLock { $0.handshakes -= 1 } }
    }

    func ended(_ core: ConnectionCore) {
        state.withLock { state in
            state.connections[ObjectIdentifier(core)] = nil
            if !core.wasOpen {
                state.handshakes -= 1
                state.refused += 1
            }
        }
        open.leave()
    }
}

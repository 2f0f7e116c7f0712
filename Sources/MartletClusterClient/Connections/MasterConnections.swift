package import MartletClusterState
package import MartletNetwork
import Synchronization

/// Connections to the masters of a cluster, of which one leads. Decides nothing: its owner says when to connect, and hears what
/// became of it.
package final class MasterConnections: Sendable {
    package enum Event: Sendable {
        case connected(ClusterAddress)

        /// The connection was cut, or could not be made.
        case disconnected(ClusterAddress, reason: String)
        case notice(MasterNotice, from: ClusterAddress)
    }

    private let network: any Networking
    private let options: NetworkOptions
    private let deliver: @Sendable (Event) -> Void
    private let serve: @Sendable (ClusterRequest, NetworkAnswer) -> Void
    private let state = Mutex(State())

    private struct State: Sendable {
        var connections: [ClusterAddress: any NetworkConnection] = [:]
        var connecting: Set<ClusterAddress> = []
        var isStopped = false
    }

    /// - Parameters:
    ///   - serve: answers what a master asks. Called on an event loop.
    ///   - deliver: takes events, in the order of each connection. Called on event loops: must not block.
    package init(
        _ network: any Networking, _ options: NetworkOptions,
        serve: @escaping @Sendable (ClusterRequest, NetworkAnswer) -> Void = { $1.fail("it serves nothing") },
        deliver: @escaping @Sendable (Event) -> Void
    ) {
        (self.network, self.options, self.serve, self.deliver) = (network, options, serve, deliver)
    }

    /// Connects, unless there is a connection or one is being made. The owner hears `connected` or `disconnected`.
    package func connect(_ master: ClusterAddress) {
        let isNew = state.withLock { state in
            !state.isStopped && state.connections[master] == nil && state.connecting.insert(master).inserted
        }
        guard isNew else { return }
        let handler = Handler(self, master)
        network.connect(to: NetworkAddress(host: master.host, port: master.port), options, handler: handler) { [self] outcome in
            if case .failure(let error) = outcome {
                state.withLock { _ = $0.connecting.remove(master) }
                deliver(.disconnected(master, reason: "\(error)"))
            }
        }
    }

    /// Sends a message; dropped if there is no connection, as the owner has heard.
    package func send(_ message: MasterMessage, to master: ClusterAddress) {
        state.withLock { $0.connections[master] }?.send(ClusterCoding.encode(message))
    }

    /// The connection to a master, for requests.
    package func connection(to master: ClusterAddress) -> (any NetworkConnection)? { state.withLock { $0.connections[master] } }

    /// Closes all connections; nothing is delivered for them, and none is made any more.
    package func stop() {
        let connections = state.withLock { state in
            state.isStopped = true
            defer { state.connections = [:] }
            return Array(state.connections.values)
        }
        for connection in connections { connection.close(reason: "the process ends") }
    }

    private final class Handler: NetworkHandler {
        private weak let owner: MasterConnections?
        private let master: ClusterAddress

        init(_ owner: MasterConnections, _ master: ClusterAddress) { (self.owner, self.master) = (owner, master) }

        func connected(_ connection: any NetworkConnection) {
            guard let owner else { return connection.close(reason: "the process ends") }
            let isTaken = owner.state.withLock { state in
                state.connecting.remove(master)
                if !state.isStopped { state.connections[master] = connection }
                return !state.isStopped
            }
            if isTaken { owner.deliver(.connected(master)) } else { connection.close(reason: "the process ends") }
        }

        func received(_ message: [UInt8], on connection: any NetworkConnection) {
            do throws(ClusterMessageError) {
                owner?.deliver(.notice(try ClusterCoding.decode(message), from: master))
            } catch {
                connection.close(reason: error.description)
            }
        }

        func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
            do throws(ClusterMessageError) {
                guard let owner else { return answer.fail("the process ends") }
                owner.serve(try ClusterCoding.decode(body), answer)
            } catch {
                answer.fail(error.description)
            }
        }

        func closed(_ connection: any NetworkConnection, reason: NetworkError?) {
            guard let owner else { return }
            let isPresent = owner.state.withLock { state in
                guard state.connections[master] === connection else { return false }
                state.connections[master] = nil
                return true
            }
            if isPresent { owner.deliver(.disconnected(master, reason: reason.map { "\($0)" } ?? "closed")) }
        }
    }
}

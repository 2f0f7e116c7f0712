import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletThreads

/// A connection of a command to the master that leads. Used by one thread.
final class ClusterSession {
    private let url: ClusterURL
    private let network = Network()
    private let options: NetworkOptions
    private let server = FileServer([])
    private var line: SessionLine

    /// What the master knew when the connection was made.
    private(set) var overview: ClusterOverview

    /// Connects to the leader.
    init(_ url: ClusterURL, secret: ClusterSecret?) throws {
        var limits = NetworkLimits()
        (limits.connectTimeout, limits.handshakeTimeout) = (.seconds(5), .seconds(5))
        limits.maxFrameBytes = 256 << 20
        self.url = url
        options = NetworkOptions(identity: "command", security: secret.map { .sharedSecret($0.text) } ?? .none, limits: limits)
        do {
            (line, overview) = try Self.findLeader(url, network, options, server, patience: .seconds(5))
        } catch {
            network.shutdown()
            throw error
        }
    }

    deinit { network.shutdown() }

    /// Connects again, to whichever master leads now.
    func reconnect(patience: Duration) throws {
        line.connection?.close(reason: "it looks for the leader")
        (line, overview) = try Self.findLeader(url, network, options, server, patience: patience)
    }

    /// What the master knows now.
    func refresh() throws -> ClusterOverview {
        overview = try ClusterCoding.decode(line.ask(.overview, timeout: .seconds(30)))
        return overview
    }

    func send(_ message: MasterMessage) { line.connection?.send(ClusterCoding.encode(message)) }

    /// Gives the master a file, unless it has it.
    func store(_ file: FileReference, path: String) throws {
        server.add(file, path: path)
        _ = try line.ask(.store(file), timeout: .seconds(3600))
    }

    /// The next notice; nil if none has come in time.
    /// - Throws: `NetworkError`, when the connection has ended
    func notice(within limit: Duration) throws -> SubmitterNotice? { try line.notice(within: limit) }

    /// Connects to a worker, for logs.
    func connect(toWorker address: ClusterAddress) throws -> any NetworkConnection {
        try network.connect(to: NetworkAddress(host: address.host, port: address.port), options, handler: FileServer([]))
    }

    private static func findLeader(
        _ url: ClusterURL, _ network: Network, _ options: NetworkOptions, _ server: FileServer, patience: Duration
    ) throws -> (SessionLine, ClusterOverview) {
        let deadline = Instant.now + patience
        while true {
            var (reasons, isThere) = ([String](), false)
            for address in url.addresses {
                let line = SessionLine(server)
                do {
                    let at = NetworkAddress(host: address.host, port: address.port)
                    line.connection = try network.connect(to: at, options, handler: line)
                    let overview: ClusterOverview = try ClusterCoding.decode(line.ask(.overview, timeout: .seconds(10)))
                    if overview.leads { return (line, overview) }
                    isThere = true
                    reasons.append("\(address): it is \(overview.phase)")
                } catch {
                    reasons.append("\(error)")
                }
                line.connection?.close(reason: "it does not lead")
            }
            guard isThere || patience > .seconds(5), Instant.now < deadline else {
                throw CommandFailure("no master of \(url) leads: \(reasons.joined(separator: "; "))")
            }
            _ = Monitor(()).wait(atMost: .milliseconds(500)) { _ in nil as Void? }
        }
    }
}

/// One connection of a session: what has come over it.
final class SessionLine: NetworkHandler {
    private let server: FileServer
    private let state = Monitor(State())

    private struct State: Sendable {
        var connection: (any NetworkConnection)?
        var notices: [SubmitterNotice] = []
        var end: String?
    }

    init(_ server: FileServer) { self.server = server }

    var connection: (any NetworkConnection)? {
        get { state.wait { .some($0.connection) } }
        set { state.change(waking: 0) { $0.connection = newValue } }
    }

    func ask(_ request: ClusterRequest, timeout: Duration) throws -> [UInt8] {
        guard let connection else { throw CommandFailure("there is no connection to the master") }
        return try connection.requestBlocking(ClusterCoding.encode(request), timeout: timeout)
    }

    func notice(within limit: Duration) throws -> SubmitterNotice? {
        let found = state.wait(atMost: limit) { state -> Result<SubmitterNotice, CommandFailure>? in
            if !state.notices.isEmpty { return .success(state.notices.removeFirst()) }
            return state.end.map { .failure(CommandFailure($0)) }
        }
        return try found?.get()
    }

    func connected(_ connection: any NetworkConnection) {}

    func received(_ message: [UInt8], on connection: any NetworkConnection) {
        guard case .submitter(let notice)? = try? ClusterCoding.decode(message, as: MasterNotice.self) else { return }
        state.change(waking: .max) { $0.notices.append(notice) }
    }

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        server.requested(body, on: connection, answer: answer)
    }

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) {
        state.change(waking: .max) { $0.end = reason.map { "\($0)" } ?? "the connection was closed" }
    }
}

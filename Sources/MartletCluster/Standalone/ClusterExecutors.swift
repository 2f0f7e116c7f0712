import MartletClusterClient
package import MartletClusterState
package import MartletCore
import MartletNetwork
package import MartletScheduler
import MartletThreads
import Synchronization

/// Provides executors that the master of a cluster grants, on its workers.
///
/// Performs what `ClusterApplication` decides, on one thread, and serves this program's file to workers.
package final class ClusterExecutors: ExecutorProvider {
    private let masters: [ClusterAddress]
    private let clusterSecret: ClusterSecret?
    private let demand: ClusterDemand
    private let site: DriverSite
    private let network = Network()
    private let thread = ThreadPool("cluster application", threads: 1, stackBytes: 1 << 20)
    private let state = Mutex(State())

    /// What was granted and has not ended, and the first reason why nothing was.
    private let grants = Monitor(Grants())
    private let hasEnded = Monitor(false)

    private struct State: Sendable {
        var machine: ClusterApplication?
        var connections: MasterConnections?
        var listener: (any NetworkListener)?
        var ticker: Ticker?
        var tell: (@Sendable (DriverCore.Event) -> Void)?
    }

    private struct Grants: Sendable {
        var cores: [ExecutorID: Int] = [:]
        var waits = false
    }

    /// How long the end of an application may take: longer than the machine waits for masters.
    private static let endLimit = Duration.seconds(5)

    /// - Parameters:
    ///   - clusterSecret: nil where the cluster has none, and is on this machine.
    ///   - site: where the driver listens.
    package init(
        masters: [ClusterAddress], clusterSecret: ClusterSecret?, _ demand: ClusterDemand, _ site: DriverSite
    ) {
        (self.masters, self.clusterSecret, self.demand, self.site) = (masters, clusterSecret, demand, site)
    }

    package func begin(
        _ driver: ClusterAddress, _ secret: ClusterSecret, tell: @escaping @Sendable (DriverCore.Event) -> Void
    ) throws(ClusterError) {
        let program: FileReference
        let (files, archives): ([(FileReference, path: String)], [(FileReference, path: String)])
        let listener: any NetworkListener
        do {
            program = try FileReference(of: "/proc/self/exe", name: ownName)
            files = try demand.files.map { (try FileReference(of: $0), path: $0) }
            archives = try demand.archives.map { (try FileReference(of: $0), path: $0) }
            let server = FileServer([(program, "/proc/self/exe")] + files + archives) { [weak self] in self?.hear($0) }
            listener = try network.listen(
                on: NetworkAddress(host: site.bindHost, port: 0),
                NetworkOptions(identity: "driver's files", security: .sharedSecret(secret.text))) { server }
        } catch {
            throw .cannotJoin(reason: "\(error)")
        }
        let served = ClusterAddress(host: site.host, port: listener.address.port)
        var launch = ProgramLaunch(program: program, source: .driver(served), secret: secret)
        (launch.files, launch.archives) = (files.map(\.0), archives.map(\.0))
        launch.environment = [ProgramLaunch.driverAddressName: "\(driver)"]
        let description = demand.description(at: served, launch)
        let connections = MasterConnections(network, NetworkOptions.cluster("application \(demand.name)", clusterSecret)) {
            [weak self] event in self?.take(event)
        }
        let machine = ClusterApplication(description, masters: masters, token: .random(in: .min ... .max), at: .now)
        let ticker = Ticker(every: .seconds(1)) { [weak self] in self?.handle(.tick) }
        state.withLock { $0 = State(machine: machine, connections: connections, listener: listener, ticker: ticker, tell: tell) }
        handle(.tick)
    }

    package func start(_ id: ExecutorID) { preconditionFailure("a master grants executors") }

    package func kill(_ id: ExecutorID) { handle(.kill(id)) }

    package func endStarts() { handle(.wantNone) }

    package func stop() {
        if state.withLock({ $0.machine != nil }) {
            handle(.end(hasFailed: false))
            _ = hasEnded.wait(atMost: Self.endLimit) { $0 ? () : nil }
        }
        let state = self.state.withLock { state in
            defer { state = State() }
            return state
        }
        state.ticker?.stop()
        state.connections?.stop()
        state.listener?.stop()
        thread.stop()
        network.shutdown()
    }

    /// Waits for the first grants, so that an application knows how many slots it has when it begins.
    ///
    /// - Parameter areThere: whether so many slots are registered, and at least one.
    package func waitForGrants(atMost limit: Duration, _ areThere: @escaping @Sendable (_ cores: Int) -> Bool) {
        _ = grants.wait(atMost: limit) { grants in
            grants.waits || !grants.cores.isEmpty && areThere(grants.cores.values.reduce(0, +)) ? () : nil
        }
    }

    /// An executor has registered with the driver: who waits for grants looks again.
    package func noteRegistered() { grants.change(waking: .max) { _ in } }

    // MARK: The machine

    private func take(_ event: MasterConnections.Event) {
        switch event {
        case .connected(let master): handle(.connected(master))
        case .disconnected(let master, let reason): handle(.disconnected(master, reason: reason))
        case .notice(.application(let notice), let master): handle(.notice(notice, from: master))
        // What is meant for workers and submitters.
        case .notice: break
        }
    }

    /// A master that leads now has connected to the driver: the leader is looked for.
    private func hear(_ notice: MasterNotice) {
        if case .application(.reconnect) = notice { handle(.notice(.reconnect, from: ClusterAddress(host: "", port: 0))) }
    }

    private func handle(_ event: ClusterApplication.Event) {
        thread.enqueue([{ [self] in
            let (actions, state) = state.withLock { state in (state.machine?.handle(event, at: .now) ?? [], state) }
            for action in actions { perform(action, state) }
        }])
    }

    private func perform(_ action: ClusterApplication.Action, _ state: State) {
        switch action {
        case .connect(let master): state.connections?.connect(master)
        case .register(let description, let token, let master):
            state.connections?.send(.registerApplication(description, token: token), to: master)
        case .reconnect(let id, let executors, let master):
            guard let secret = state.machine?.description.program.secret else { return }
            state.connections?.send(.reconnectApplication(id, having: executors, secret: secret), to: master)
        case .send(let id, let message, let master): state.connections?.send(.application(id, message), to: master)
        case .registered: break
        case .granted(let executor): grants.change(waking: .max) { $0.cores[executor.id] = executor.resources.cores }
        case .exited(let id, let reason, let isFault):
            grants.change(waking: .max) { $0.cores[id] = nil }
            state.tell?(.exited(id, reason: reason, isFault: isFault))
        case .waiting(let reason):
            grants.change(waking: .max) { $0.waits = true }
            state.tell?(.waiting(reason: reason))
        case .release(let count): state.tell?(.release(count))
        case .failed(let reason):
            grants.change(waking: .max) { $0.waits = true }
            state.tell?(.stopping(reason: reason))
        case .ended: hasEnded.change(waking: .max) { $0 = true }
        }
    }
}

extension NetworkOptions {
    /// Of a process that talks with masters.
    static func cluster(_ identity: String, _ secret: ClusterSecret?) -> NetworkOptions {
        var limits = NetworkLimits()
        (limits.connectTimeout, limits.handshakeTimeout) = (.seconds(3), .seconds(3))
        (limits.keepAliveInterval, limits.keepAliveTimeout) = (.seconds(3), .seconds(10))
        let name = String(decoding: identity.utf8.prefix(200), as: UTF8.self)
        return NetworkOptions(identity: name, security: secret.map { .sharedSecret($0.text) } ?? .none, limits: limits)
    }
}

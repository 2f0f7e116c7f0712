import Synchronization

/// A connection of a `MemoryNetwork`: two ends.
final class MemoryLink: Sendable {
    private struct State {
        var isCut = false
        var isSilent = false
        /// Ends that have noticed the end of the connection.
        var ended = 0
    }

    let number: Int
    let identities: [String]
    let connector: MemoryEnd
    let listener: MemoryEnd
    private let network: MemoryNetwork
    private let owner: MemoryListener
    private let state = Mutex(State())

    init(
        _ network: MemoryNetwork, number: Int, _ address: NetworkAddress, _ options: NetworkOptions,
        _ owner: MemoryListener, handler: any NetworkHandler,
        whenOpen: @escaping @Sendable (Result<ConnectionCore, NetworkError>) -> Void
    ) {
        self.network = network
        self.number = number
        self.owner = owner
        identities = [options.identity, owner.options.identity]
        connector = MemoryEnd(
            network, .connector, peer: address, options, makeHandler: { handler }, whenOpen: whenOpen)
        listener = MemoryEnd(
            network, .listener, peer: NetworkAddress(host: "memory", port: number), owner.options,
            makeHandler: owner.makeHandler,
            whenOpen: { [owner] outcome in if case .failure = outcome { owner.refused() } })
    }

    func start() {
        connector.attach(to: self, other: listener)
        listener.attach(to: self, other: connector)
        owner.began(self)
        connector.wake()
        listener.wake()
    }

    var isCut: Bool { state.withLock { $0.isCut } }
    var isSilent: Bool { state.withLock { $0.isSilent } }

    func silence() { state.withLock { $0.isSilent = true } }

    /// Ends it on both sides.
    func cut() {
        let wasCut = state.withLock { state in
            defer { state.isCut = true }
            return state.isCut
        }
        guard !wasCut else { return }
        for end in [connector, listener] {
            network.schedule(at: network.now, isTimer: false) { end.disconnected() }
        }
    }

    /// One end has noticed.
    func ended() {
        let isLast = state.withLock { state in
            state.ended += 1
            return state.ended == 2
        }
        guard isLast else { return }
        network.forget(self)
        owner.ended(self)
    }
}

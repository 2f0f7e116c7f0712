import Synchronization

/// Accepts the connections of a `MemoryNetwork`.
final class MemoryListener: NetworkListener {
    private struct State {
        var links: [Int: MemoryLink] = [:]
        var refused = 0
    }

    let address: NetworkAddress
    let options: NetworkOptions
    let makeHandler: @Sendable () -> any NetworkHandler
    private let network: MemoryNetwork
    private let state = Mutex(State())

    init(
        _ network: MemoryNetwork, _ address: NetworkAddress, _ options: NetworkOptions,
        _ makeHandler: @escaping @Sendable () -> any NetworkHandler
    ) {
        self.network = network
        self.address = address
        self.options = options
        self.makeHandler = makeHandler
    }

    var refusedConnections: Int { state.withLock { $0.refused } }

    func refused() { state.withLock { $0.refused += 1 } }
    func began(_ link: MemoryLink) { state.withLock { $0.links[link.number] = link } }
    func ended(_ link: MemoryLink) { state.withLock { $0.links[link.number] = nil } }

    func stop() {
        network.forget(self)
        for link in state.withLock({ $0.links.values.sorted { $0.number < $1.number } }) {
            link.listener.core?.close(reason: "the listener was stopped")
        }
        network.block(until: { state.withLock { $0.links.isEmpty } }, Signal())
    }
}

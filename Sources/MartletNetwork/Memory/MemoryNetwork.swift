package import MartletCore
import Synchronization

/// Connections within the process, for tests and simulation: the same protocol, without sockets, threads or a clock.
///
/// Nothing happens by itself. `step` runs the next event and moves time to it; a caller that waits for an answer or a stream
/// runs events until it arrives. One thread at a time does that, and handlers must not.
package final class MemoryNetwork: Networking {
    private struct State {
        var now = Instant.zero
        var events = Timeline()
        var generator: FaultGenerator
        var faults: MemoryFaults
        var listeners: [NetworkAddress: MemoryListener] = [:]
        var links: [Int: MemoryLink] = [:]
        var lastLink = 0
        var lastPort = 49151
        /// Handlers that are being called.
        var calls = 0
    }

    private let state: Mutex<State>

    package init(faults: MemoryFaults = MemoryFaults()) {
        state = Mutex(State(generator: FaultGenerator(state: faults.seed), faults: faults))
    }

    /// The current time of the network.
    package var now: Instant { state.withLock { $0.now } }

    /// Connections that are open, or on their way to be closed.
    package var openConnections: Int { state.withLock { $0.links.count } }

    /// Sets the faults from now on. The generator keeps its state.
    package func setFaults(_ faults: MemoryFaults) { state.withLock { $0.faults = faults } }

    // Events.

    /// Runs the next event.
    ///
    /// - Returns: false if there is none.
    @discardableResult
    package func step() -> Bool {
        let event = state.withLock { state in
            let event = state.events.popFirst()
            if let event { state.now = max(state.now, event.due) }
            return event
        }
        event?.run()
        return event != nil
    }

    /// Runs all events that are under way; deadlines fire as far as time moves with them.
    package func run() {
        while state.withLock({ $0.events.busy > 0 }) { step() }
    }

    /// Runs all events within a time.
    package func advance(by duration: Duration) {
        let end = now + duration
        while state.withLock({ state in state.events.nextDue.map { $0 <= end } ?? false }) { step() }
        state.withLock { $0.now = max($0.now, end) }
    }

    /// Makes `step` call an action after a time, outside all handlers: there it can wait for answers.
    package func schedule(after delay: Duration, _ action: @escaping @Sendable () -> Void) {
        schedule(at: now + delay, isTimer: false, action)
    }

    func schedule(at due: Instant, isTimer: Bool, _ action: @escaping @Sendable () -> Void) {
        state.withLock { $0.events.add(at: due, isTimer: isTimer, action) }
    }

    package func block(until isReady: () -> Bool, _ signal: Signal) {
        precondition(state.withLock { $0.calls == 0 }, "a handler must not wait for the network")
        while !isReady() {
            guard step() else { preconditionFailure("what is waited for will never happen") }
        }
    }

    /// Calls into a connection, whose handler is called from there.
    func call(_ body: () -> Void) {
        state.withLock { $0.calls += 1 }
        body()
        state.withLock { $0.calls -= 1 }
    }

    // Connections.

    package func listen(
        on address: NetworkAddress, _ options: NetworkOptions,
        makeHandler: @escaping @Sendable () -> any NetworkHandler
    ) throws(NetworkError) -> any NetworkListener {
        let listener: MemoryListener? = state.withLock { state in
            var address = address
            if address.port == 0 {
                state.lastPort += 1
                address.port = state.lastPort
            }
            guard state.listeners[address] == nil else { return nil }
            let listener = MemoryListener(self, address, options, makeHandler)
            state.listeners[address] = listener
            return listener
        }
        guard let listener else { throw .listenFailed(address, reason: "Address already in use") }
        return listener
    }

    package func connect(
        to address: NetworkAddress, _ options: NetworkOptions, handler: any NetworkHandler,
        _ done: @escaping @Sendable (Result<any NetworkConnection, NetworkError>) -> Void
    ) {
        schedule(at: now + delay(), isTimer: false) { [self] in
            guard let listener = state.withLock({ $0.listeners[address] }) else {
                return call { done(.failure(.connectFailed(address, reason: "Connection refused"))) }
            }
            guard listener.options.security == options.security else {
                listener.refused()
                return call { done(.failure(.securityFailed(address, reason: "no handshake: the secrets differ"))) }
            }
            let once = Once(done)
            let link = MemoryLink(
                self, number: nextLink(), address, options, listener,
                handler: handler, whenOpen: { once.give($0.map { $0 as any NetworkConnection }) })
            state.withLock { $0.links[link.number] = link }
            link.start()
        }
    }

    package func shutdown() {
        let (listeners, links) = state.withLock { state in
            (state.listeners.values.sorted { "\($0.address)" < "\($1.address)" },
             state.links.values.sorted { $0.number < $1.number })
        }
        for listener in listeners { listener.stop() }
        for link in links { link.connector.core?.close(reason: "the process ends") }
        block(until: { openConnections == 0 }, Signal())
    }

    // Faults.

    /// Cuts a connection: both ends notice at once.
    package func cut(_ connection: any NetworkConnection) { link(of: connection)?.cut() }

    /// Makes a connection fall silent: nothing arrives any more, and neither end is told.
    package func silence(_ connection: any NetworkConnection) { link(of: connection)?.silence() }

    /// Ends a process, by its identity: its listeners are removed, and its connections cut.
    package func crash(_ identity: String) {
        let links = state.withLock { state in
            state.listeners = state.listeners.filter { $0.value.options.identity != identity }
            return state.links.values.filter { $0.identities.contains(identity) }.sorted { $0.number < $1.number }
        }
        for link in links { link.cut() }
    }

    private func link(of connection: any NetworkConnection) -> MemoryLink? {
        ((connection as? ConnectionCore)?.transport as? MemoryEnd)?.link
    }

    private func nextLink() -> Int {
        state.withLock { state in
            state.lastLink += 1
            return state.lastLink
        }
    }

    func forget(_ link: MemoryLink) { state.withLock { $0.links[link.number] = nil } }

    func forget(_ listener: MemoryListener) {
        state.withLock { state in
            if state.listeners[listener.address] === listener { state.listeners[listener.address] = nil }
        }
    }

    /// Draws the delay of bytes.
    func delay() -> Duration {
        state.withLock { state in
            let (least, most) = (state.faults.delay.lowerBound, state.faults.delay.upperBound)
            guard least < most else { return least }
            return least + (most - least) * Double.random(in: 0...1, using: &state.generator)
        }
    }

    /// Draws the fate of bytes that are sent at once.
    func fate(of count: Int) -> MemoryFate {
        state.withLock { state in
            if state.generator.happens(state.faults.cutProbability) { return .cut }
            if state.generator.happens(state.faults.silenceProbability) { return .silence }
            var cuts: [Int] = []
            if state.faults.pieces > 1, count > 1 {
                for _ in 1..<state.faults.pieces { cuts.append(Int.random(in: 1..<count, using: &state.generator)) }
            }
            return .arrives(cuts: Set(cuts).sorted())
        }
    }
}

/// The fate of sent bytes.
enum MemoryFate {
    case cut
    case silence
    /// In pieces that begin at the cuts.
    case arrives(cuts: [Int])
}

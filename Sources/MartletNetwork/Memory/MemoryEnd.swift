import MartletCore
import NIOCore
import Synchronization

/// One end of a connection of a `MemoryNetwork`.
final class MemoryEnd: Transport {
    private struct State {
        var link: MemoryLink?
        var other: MemoryEnd?
        var core: ConnectionCore?
        /// When the bytes that were sent last arrive: later bytes arrive after them.
        var lastArrival = Instant.zero
        /// Counts the timers that were set; only the last one is valid.
        var timer = 0
        /// Bytes of chunks that are under way.
        var chunkBytes = 0
    }

    private let network: MemoryNetwork
    private let state = Mutex(State())

    init(
        _ network: MemoryNetwork, _ role: ConnectionRole, peer: NetworkAddress, _ options: NetworkOptions,
        makeHandler: @escaping @Sendable () -> any NetworkHandler,
        whenOpen: @escaping @Sendable (Result<ConnectionCore, NetworkError>) -> Void
    ) {
        self.network = network
        let core = ConnectionCore(
            role: role, peer: peer, options: options, transport: self, makeHandler: makeHandler, whenOpen: whenOpen)
        state.withLock { $0.core = core }
    }

    func attach(to link: MemoryLink, other: MemoryEnd) {
        state.withLock { state in
            state.link = link
            state.other = other
        }
    }

    var link: MemoryLink? { state.withLock { $0.link } }

    /// Nil when the connection has ended.
    var core: ConnectionCore? { state.withLock { $0.core } }

    var now: Instant { network.now }

    func wake() { network.schedule(at: network.now, isTimer: false) { self.turn() } }

    func block(until isReady: () -> Bool, _ signal: Signal) { network.block(until: isReady, signal) }

    /// The connection has ended.
    func disconnected() {
        guard let core else { return }
        network.call { core.disconnected(nil) }
        // Breaks the reference cycles.
        let link = state.withLock { state in
            defer {
                state.core = nil
                state.other = nil
                state.link = nil
            }
            return state.link
        }
        link?.ended()
    }

    private func turn() {
        guard let core, let link, !link.isCut else { return }
        var turn: ConnectionCore.Turn?
        network.call { turn = core.turn() }
        guard let turn else { return }
        send(turn.output, core, isChunk: false)
        pumpChunks(core)
        if turn.phase == .closed {
            // After the bytes that are under way.
            network.schedule(at: state.withLock { max($0.lastArrival, network.now) }, isTimer: false) { link.cut() }
        }
        if let due = turn.timer { arm(due) }
    }

    private func arm(_ due: Instant) {
        let number = state.withLock { state in
            state.timer += 1
            return state.timer
        }
        network.schedule(at: due, isTimer: true) { [self] in
            guard let core, state.withLock({ $0.timer == number }) else { return }
            network.call { core.tick() }
            turn()
        }
    }

    private func pumpChunks(_ core: ConnectionCore) {
        while state.withLock({ $0.chunkBytes < 1 << 20 }), let (order, maker) = core.nextChunk() {
            do throws(ChunkFault) {
                let chunk = try maker.next(order.maxBytes, regions: false, waits: true)
                guard case .bytes(let bytes) = chunk else { preconditionFailure("regions were not asked for") }
                guard let output = core.beginChunk(order.request, count: bytes.readableBytes) else { continue }
                send(output, core, isChunk: false)
                send(bytes, core, isChunk: true)
                core.endChunk(order.request)
            } catch {
                core.failChunk(order.request, error)
            }
        }
    }

    private func send(_ bytes: ByteBuffer, _ core: ConnectionCore, isChunk: Bool) {
        guard bytes.readableBytes > 0, let link, let other = state.withLock({ $0.other }) else { return }
        if isChunk { state.withLock { $0.chunkBytes += bytes.readableBytes } }
        switch network.fate(of: bytes.readableBytes) {
        case .cut: link.cut()
        case .silence: link.silence()
        case .arrives(let cuts):
            var start = 0
            for end in cuts + [bytes.readableBytes] {
                let due = network.now + network.delay()
                let arrival = state.withLock { state in
                    state.lastArrival = max(state.lastArrival, due)
                    return state.lastArrival
                }
                let piece = bytes.getSlice(at: bytes.readerIndex + start, length: end - start)!
                network.schedule(at: arrival, isTimer: false) { [self] in
                    guard !link.isCut, !link.isSilent else { return }
                    other.arrived(piece)
                    left(piece.readableBytes, core, isChunk: isChunk)
                }
                start = end
            }
        }
    }

    private func arrived(_ bytes: ByteBuffer) {
        guard let core else { return }
        network.call { core.received(bytes) }
        turn()
    }

    private func left(_ count: Int, _ core: ConnectionCore, isChunk: Bool) {
        guard isChunk else { return core.wrote(count) }
        state.withLock { $0.chunkBytes -= count }
        turn()
    }
}

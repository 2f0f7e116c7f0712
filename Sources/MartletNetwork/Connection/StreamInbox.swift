import NIOCore
import Synchronization

/// The unread pieces of a stream. The window bounds them.
final class StreamInbox: Sendable {
    private struct State {
        var pieces = CircularBuffer<ByteBuffer>()
        var total: Int?
        /// Nil while more pieces can arrive; then success, or the reason why the stream ended early.
        var end: NetworkError??
        var ready: (@Sendable () -> Void)?

        /// Whether there is something for the reader.
        var canTell: Bool { !pieces.isEmpty || end != nil }
    }

    /// Smaller pieces are joined: each would hold a buffer of its own.
    /// - Units: bytes
    static let smallPieceBytes = 16 << 10

    private let state = Mutex(State())
    private let signal = Signal()
    private let core: ConnectionCore
    private let request: UInt64

    init(_ core: ConnectionCore, request: UInt64) {
        self.core = core
        self.request = request
    }

    /// A stream whose request failed.
    init(_ core: ConnectionCore, failed error: NetworkError) {
        self.core = core
        request = 0
        state.withLock { $0.end = .some(error) }
    }

    // From the connection.

    func began(total: Int) { change { $0.total = total } }

    func add(_ piece: ByteBuffer) {
        change { state in
            guard piece.readableBytes < Self.smallPieceBytes else { return state.pieces.append(piece) }
            if let last = state.pieces.last, last.readableBytes < Self.smallPieceBytes {
                var joined = state.pieces.removeLast()
                joined.writeImmutableBuffer(piece)
                state.pieces.append(joined)
            } else {
                // A copy: the slice would retain all the input that it arrived with.
                var copy = ByteBuffer()
                copy.writeImmutableBuffer(piece)
                state.pieces.append(copy)
            }
        }
    }

    func finish(_ error: NetworkError?) {
        change { state in
            if state.end == nil { state.end = .some(error) }
        }
    }

    private func change(_ body: (inout sending State) -> Void) {
        let ready: (@Sendable () -> Void)? = state.withLock { state in
            body(&state)
            guard state.canTell else { return nil }
            defer { state.ready = nil }
            return state.ready
        }
        signal.wake()
        ready?()
    }

    // From the reader.

    func step() throws(NetworkError) -> NetworkStream.Step {
        let (piece, end) = state.withLock { ($0.pieces.popFirst(), $0.end) }
        if let piece {
            core.consumed(piece.readableBytes, of: request)
            return .piece(piece)
        }
        guard let end else { return .none }
        if let error = end { throw error }
        return .end
    }

    func total() throws(NetworkError) -> Int? {
        let (total, end) = state.withLock { ($0.total, $0.end) }
        if let total { return total }
        if case .some(.some(let error)) = end { throw error }
        return nil
    }

    /// Waits until something arrives; may return early.
    func waitForChange() {
        let total = state.withLock { $0.total }
        core.block(until: { state.withLock { $0.canTell || $0.total != total } }, signal)
    }

    func whenReady(_ action: @escaping @Sendable () -> Void) {
        let isReady = state.withLock { state in
            guard !state.canTell else { return true }
            state.ready = action
            return false
        }
        if isReady { action() }
    }

    func cancel() {
        finish(.cancelled(core.peer))
        core.cancel(request)
    }
}

import MartletCore
import NIOCore
import Synchronization

/// Methods that the transport calls, on its event loop.
extension ConnectionCore {
    /// The output of one turn of the event loop.
    struct Turn {
        var output: ByteBuffer
        var phase: ConnectionState.Phase
        /// When to call `tick`, if earlier than the transport knows.
        var timer: Instant?
    }

    /// Handles bytes of the peer. A `turn` must follow.
    func received(_ bytes: ByteBuffer) {
        let now = transport.now
        perform(
            shared.withLock { shared in
                shared.isWoken = true
                return shared.state.receive(bytes, at: now)
            })
    }

    /// The transport has ended.
    func disconnected(_ error: NetworkError?) {
        perform(shared.withLock { $0.state.disconnected(error) })
    }

    /// The timer of a turn has fired. A `turn` must follow.
    func tick() {
        let now = transport.now
        perform(
            shared.withLock { shared in
                shared.isWoken = true
                return shared.state.tick(at: now)
            })
    }

    /// Performs the actions that other threads requested, and takes the bytes to send.
    func turn() -> Turn {
        while true {
            let pending = shared.withLock { shared in
                defer { shared.pending = [] }
                return shared.pending
            }
            if pending.isEmpty { break }
            perform(pending)
        }
        return shared.withLock { shared in
            shared.isWoken = false
            return Turn(
                output: shared.state.takeOutput(), phase: shared.state.phase, timer: shared.state.arm())
        }
    }

    /// Bytes of a turn have been written.
    func wrote(_ count: Int) { shared.withLock { $0.state.wrote(count) } }

    /// The next chunk to make, and its maker.
    func nextChunk() -> (ChunkOrder, ChunkMaker)? {
        shared.withLock { shared in
            guard let order = shared.state.nextChunk() else { return nil }
            guard let maker = shared.makers[order.request] else { preconditionFailure("a stream without a maker") }
            return (order, maker)
        }
    }

    /// A chunk is made.
    ///
    /// - Returns: all output, which ends with the chunk's header; nil if the chunk is no longer wanted.
    func beginChunk(_ id: UInt64, count: Int) -> ByteBuffer? {
        shared.withLock { shared in
            shared.state.beginChunk(id, count: count) ? shared.state.takeOutput() : nil
        }
    }

    /// The transport has the bytes of the chunk.
    func endChunk(_ id: UInt64) {
        change { shared in
            if !shared.state.endChunk(id) { shared.makers[id] = nil }
        }
    }

    /// The chunk cannot be made.
    func failChunk(_ id: UInt64, _ fault: ChunkFault) {
        change { shared in
            shared.state.fail(id, fault.kind, fault.text)
            shared.makers[id] = nil
        }
    }

    private func perform(_ actions: [ConnectionAction]) {
        for action in actions { perform(action) }
    }

    private func perform(_ action: ConnectionAction) {
        switch action {
        case .connected(let identity):
            let handler = makeHandler()
            let whenOpen = shared.withLock { shared in
                shared.identity = identity
                shared.handler = handler
                defer { shared.whenOpen = nil }
                return shared.whenOpen
            }
            handler.connected(self)
            whenOpen?(.success(self))
        case .received(let message):
            handler?.received(message, on: self)
        case .requested(let id, let body, _):
            handler?.requested(body, on: self, answer: NetworkAnswer { self.deliver($0, to: id) })
        case .answered(let id, let body):
            if case .plain(let done) = stopsWaiting(id) { done(.success(body)) }
        case .failed(let id, let error):
            fail(stopsWaiting(id), error)
        case .streamBegan(let id, let total):
            inbox(of: id)?.began(total: total)
        case .streamPiece(let id, let piece):
            inbox(of: id)?.add(piece)
        case .streamEnded(let id):
            if case .stream(let inbox) = stopsWaiting(id) { inbox.finish(nil) }
        case .abandoned(let id):
            shared.withLock { $0.makers[id] = nil }
        case .closed(let error, let isOwn):
            ended(error, isOwn: isOwn)
        }
    }

    private var handler: (any NetworkHandler)? { shared.withLock { $0.handler } }

    private func stopsWaiting(_ id: UInt64) -> Waiting? {
        shared.withLock { shared in shared.waiting.removeValue(forKey: id) }
    }

    private func inbox(of id: UInt64) -> StreamInbox? {
        shared.withLock { shared in
            guard case .stream(let inbox) = shared.waiting[id] else { return nil }
            return inbox
        }
    }

    private func fail(_ waiting: Waiting?, _ error: NetworkError) {
        switch waiting {
        case .plain(let done): done(.failure(error))
        case .stream(let inbox): inbox.finish(error)
        case nil: break
        }
    }

    private func ended(_ error: NetworkError, isOwn: Bool) {
        let (waiting, handler, whenOpen) = shared.withLock { shared in
            defer {
                shared.waiting = [:]
                shared.makers = [:]
                shared.handler = nil
                shared.whenOpen = nil
            }
            return (shared.waiting, shared.handler, shared.whenOpen)
        }
        for id in waiting.keys.sorted() { fail(waiting[id], error) }
        handler?.closed(self, reason: isOwn ? nil : error)
        whenOpen?(.failure(error))
    }

    /// Delivers a handler's answer, from any thread.
    private func deliver(_ content: NetworkAnswer.Content, to id: UInt64) {
        let now = transport.now
        change { shared in
            switch content {
            case .failure(let kind, let reason):
                shared.state.fail(id, kind, reason)
            case .bytes(let body) where shared.state.waitsForStream(id) == true:
                stream([.bytes(body)], to: id, &shared)
            case .bytes(let body):
                shared.state.answer(id, body)
            case .parts(let parts) where shared.state.waitsForStream(id) == true:
                stream(parts, to: id, &shared)
            case .parts:
                shared.state.fail(id, .handler, "the answer is a stream, and a plain one was asked for")
            }
            shared.pending += shared.state.checkOverflow(at: now)
        }
    }

    private func stream(_ parts: [StreamPart], to id: UInt64, _ shared: inout Shared) {
        let maker = ChunkMaker(parts)
        if shared.state.beginStream(id, total: maker.total) { shared.makers[id] = maker }
    }
}

package import MartletCore
package import NIOCore

extension ConnectionState {
    /// Handles bytes of the peer.
    package mutating func receive(_ bytes: ByteBuffer, at now: Instant) -> [ConnectionAction] {
        guard phase == .opening || phase == .open else { return [] }
        clock.heard(at: now)
        var input = bytes
        var actions: [ConnectionAction] = []
        do throws(ProtocolFault) {
            while phase == .opening || phase == .open, let part = try decoder.next(&input) {
                try handle(part, at: now, &actions)
            }
        } catch {
            actions += close(.violated(address, error), saying: error.description, at: now)
        }
        return actions + checkOverflow(at: now)
    }

    private mutating func handle(
        _ part: FrameDecoder.Part, at now: Instant, _ actions: inout [ConnectionAction]
    ) throws(ProtocolFault) {
        switch part {
        case .preamble(let preamble):
            guard preamble.role != role else { throw .role(preamble.role.rawValue) }
            peer = preamble
            phase = .open
            clock.opened(at: now)
            actions.append(.connected(identity: preamble.identity))
        case .chunk(let id, let count):
            try chunkBegan(id, count)
        case .chunkBytes(let id, let piece):
            if received(piece.readableBytes, of: id, at: now) { actions.append(.streamPiece(id, piece)) }
        case .frame(let kind, let id, let body):
            try handle(kind, id, body, at: now, &actions)
        }
    }

    private mutating func handle(
        _ kind: FrameKind, _ id: UInt64, _ body: [UInt8], at now: Instant, _ actions: inout [ConnectionAction]
    ) throws(ProtocolFault) {
        switch kind {
        case .message: actions.append(.received(body))
        case .request: try requested(id, body, streamed: false, &actions)
        case .streamRequest: try requested(id, body, streamed: true, &actions)
        case .answer: try answered(id, body, &actions)
        case .failure: try failed(id, body, &actions)
        case .streamHeader: try streamBegan(id, Self.number(body), at: now, &actions)
        case .streamEnd: try streamEnded(id, &actions)
        case .credit: try credited(id, Self.number(body))
        case .cancel: try abandoned(id, &actions)
        case .ping: write(.pong, request: 0)
        case .pong: break
        case .goodbye:
            let reason = try text(body[...])
            phase = .closed
            clock.stop()
            output = ByteBuffer()
            actions += ended(.closedByPeer(address, reason: reason), isOwn: false)
        case .chunk: preconditionFailure("the decoder hands chunks on in pieces")
        }
    }

    private static func number(_ body: [UInt8]) -> UInt64 {
        body.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}

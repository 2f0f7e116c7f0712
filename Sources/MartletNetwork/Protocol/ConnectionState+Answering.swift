/// A request of the peer.
enum AnswerState: Sendable {
    /// It waits for the handler.
    case waiting(streamed: Bool)
    case streaming(StreamDispatch)
}

/// How much of a stream has been sent.
struct StreamDispatch: Sendable {
    let total: Int
    var sent = 0
    /// Bytes that the peer has granted and that were not sent.
    var credit: Int
    /// A chunk is being made or written.
    var isBusy = false
}

/// A chunk that can be sent.
package struct ChunkOrder: Sendable, Equatable {
    package let request: UInt64
    package let maxBytes: Int
}

/// Requests of the peer.
extension ConnectionState {
    /// No reader grants more credit than this.
    static let maxCredit = 1 << 40

    /// Answers a request. If the request no longer waits, the answer is dropped.
    package mutating func answer(_ id: UInt64, _ body: [UInt8]) {
        guard let peer, case .waiting = answering[id] else { return }
        guard body.count <= peer.maxFrameBytes else {
            let text = "the answer has \(body.count) bytes, and \(peer.maxFrameBytes) are taken; ask for a stream"
            return fail(id, .handler, text)
        }
        answering[id] = nil
        write(.answer, request: id, body)
    }

    /// Fails the request, or ends its stream, with a reason.
    package mutating func fail(_ id: UInt64, _ kind: NetworkError.RemoteFailure, _ reason: String) {
        guard answering.removeValue(forKey: id) != nil else { return }
        ready.removeAll { $0 == id }
        write(.failure, request: id, [kind.rawValue] + Self.shortened(reason))
    }

    /// Whether the request still waits, and for a stream.
    package func waitsForStream(_ id: UInt64) -> Bool? {
        guard case .waiting(let streamed) = answering[id] else { return nil }
        return streamed
    }

    /// Begins a stream of `total` bytes.
    ///
    /// - Returns: whether there are bytes to send.
    package mutating func beginStream(_ id: UInt64, total: Int) -> Bool {
        guard let peer, case .waiting(streamed: true) = answering[id] else { return false }
        write(.streamHeader, request: id, number: total)
        guard total > 0 else {
            answering[id] = nil
            write(.streamEnd, request: id)
            return false
        }
        answering[id] = .streaming(StreamDispatch(total: total, credit: peer.streamWindowBytes))
        ready.append(id)
        return true
    }

    /// The stream whose turn it is. The caller must report its chunk with `beginChunk`, `endChunk` or `fail`.
    package mutating func nextChunk() -> ChunkOrder? {
        guard let peer, !ready.isEmpty else { return nil }
        let id = ready.removeFirst()
        guard case .streaming(var stream) = answering[id] else { preconditionFailure("stream \(id) is ready and gone") }
        stream.isBusy = true
        answering[id] = .streaming(stream)
        let most = min(stream.credit, stream.total - stream.sent, limits.chunkBytes, peer.maxFrameBytes)
        return ChunkOrder(request: id, maxBytes: most)
    }

    /// Writes the header of a chunk; the transport must write its bytes right after all output.
    ///
    /// - Returns: false if the stream is no longer wanted.
    package mutating func beginChunk(_ id: UInt64, count: Int) -> Bool {
        guard case .streaming(var stream) = answering[id] else { return false }
        precondition(count > 0 && count <= stream.credit && count <= stream.total - stream.sent, "as ordered")
        stream.sent += count
        stream.credit -= count
        answering[id] = .streaming(stream)
        output.writeFrameHeader(.chunk, request: id, count: count)
        unsentBytes += FrameKind.headerBytes
        return true
    }

    /// The transport has the chunk's bytes.
    ///
    /// - Returns: whether there is more to send.
    package mutating func endChunk(_ id: UInt64) -> Bool {
        guard case .streaming(var stream) = answering[id] else { return false }
        guard stream.sent < stream.total else {
            answering[id] = nil
            write(.streamEnd, request: id)
            return false
        }
        stream.isBusy = false
        answering[id] = .streaming(stream)
        if stream.credit > 0 { ready.append(id) }
        return true
    }

    mutating func requested(
        _ id: UInt64, _ body: [UInt8], streamed: Bool, _ actions: inout [ConnectionAction]
    ) throws(ProtocolFault) {
        guard id > lastAnswering else { throw .requestOrder(id, after: lastAnswering) }
        lastAnswering = id
        answering[id] = .waiting(streamed: streamed)
        guard answering.count <= limits.maxRequests else {
            return fail(id, .busy, "\(limits.maxRequests) wait for answers")
        }
        actions.append(.requested(id, body, streamed: streamed))
    }

    mutating func credited(_ id: UInt64, _ count: UInt64) throws(ProtocolFault) {
        guard id <= lastAnswering else { throw .unknownRequest(.credit, id) }
        guard let answer = answering[id] else { return }
        guard case .streaming(var stream) = answer else { throw .unexpected(.credit, id) }
        guard count <= Self.maxCredit, stream.credit + Int(count) <= Self.maxCredit else {
            throw .creditOverflow(id, count)
        }
        let couldSend = stream.credit > 0
        stream.credit += Int(count)
        answering[id] = .streaming(stream)
        if !couldSend, stream.credit > 0, !stream.isBusy { ready.append(id) }
    }

    mutating func abandoned(_ id: UInt64, _ actions: inout [ConnectionAction]) throws(ProtocolFault) {
        guard id <= lastAnswering else { throw .unknownRequest(.cancel, id) }
        guard answering.removeValue(forKey: id) != nil else { return }
        ready.removeAll { $0 == id }
        actions.append(.abandoned(id))
    }
}

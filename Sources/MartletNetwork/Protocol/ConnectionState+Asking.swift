package import MartletCore

/// Requests of this side.
extension ConnectionState {
    /// Sends a request.
    ///
    /// - Returns: its number, which later actions name.
    package mutating func ask(
        _ body: [UInt8], streamed: Bool, timeout: Duration, at now: Instant
    ) throws(NetworkError) -> UInt64 {
        guard phase == .open, let peer else { throw end ?? .closed(address, reason: "it is not open") }
        guard asked.count < limits.maxRequests else { throw .tooManyRequests(address, limit: limits.maxRequests) }
        guard body.count <= peer.maxFrameBytes else {
            throw .tooLarge(address, bytes: body.count, limitBytes: peer.maxFrameBytes)
        }
        lastAsked += 1
        let deadline = now + timeout
        asked[lastAsked] = AskedRequest(
            timeout: timeout, deadline: deadline,
            stream: streamed ? StreamReceipt(granted: limits.streamWindowBytes) : nil)
        clock.waits(until: deadline)
        write(streamed ? .streamRequest : .request, request: lastAsked, body)
        return lastAsked
    }

    /// Cancels a request.
    ///
    /// - Returns: whether it still waited.
    package mutating func cancel(_ id: UInt64) -> Bool {
        guard asked.removeValue(forKey: id) != nil else { return false }
        write(.cancel, request: id)
        return true
    }

    /// The reader of a stream has taken bytes: the peer may send as many more.
    package mutating func consumed(_ count: Int, of id: UInt64, at now: Instant) {
        guard var request = asked[id], var stream = request.stream else { return }
        stream.consumed += count
        // The reader waits for the peer only from now on.
        if stream.consumed == stream.received { request.deadline = now + request.timeout }
        let grant = stream.consumed + limits.streamWindowBytes
        if grant - stream.granted >= limits.streamWindowBytes / 2, stream.granted < stream.total ?? 0 {
            write(.credit, request: id, number: grant - stream.granted)
            stream.granted = grant
        }
        request.stream = stream
        asked[id] = request
        clock.waits(until: request.deadline)
    }

    mutating func answered(
        _ id: UInt64, _ body: [UInt8], _ actions: inout [ConnectionAction]
    ) throws(ProtocolFault) {
        guard let request = try present(.answer, id) else { return }
        guard request.stream == nil else { throw .unexpected(.answer, id) }
        asked[id] = nil
        actions.append(.answered(id, body))
    }

    mutating func failed(_ id: UInt64, _ body: [UInt8], _ actions: inout [ConnectionAction]) throws(ProtocolFault) {
        guard let kind = NetworkError.RemoteFailure(rawValue: body[0]) else { throw .unknownFailure(body[0]) }
        let reason = try text(body.dropFirst())
        guard try present(.failure, id) != nil else { return }
        asked[id] = nil
        actions.append(.failed(id, .failed(address, kind, text: reason)))
    }

    mutating func streamBegan(
        _ id: UInt64, _ total: UInt64, at now: Instant, _ actions: inout [ConnectionAction]
    ) throws(ProtocolFault) {
        guard let total = Int(exactly: total) else { throw .claimedLength(id) }
        guard var request = try present(.streamHeader, id) else { return }
        guard request.stream != nil, request.stream?.total == nil else { throw .unexpected(.streamHeader, id) }
        request.stream?.total = total
        request.deadline = now + request.timeout
        asked[id] = request
        actions.append(.streamBegan(id, total: total))
    }

    /// A chunk's header has arrived: its length must be right before any of its bytes are accepted.
    mutating func chunkBegan(_ id: UInt64, _ count: Int) throws(ProtocolFault) {
        guard let request = try present(.chunk, id) else { return }
        guard var stream = request.stream, let total = stream.total else { throw .unexpected(.chunk, id) }
        stream.announced += count
        guard stream.announced <= stream.granted else { throw .beyondWindow(id) }
        guard stream.announced <= total else { throw .streamLength(id, claimed: total) }
        asked[id]?.stream = stream
    }

    /// - Returns: whether the request still waits for the bytes.
    mutating func received(_ count: Int, of id: UInt64, at now: Instant) -> Bool {
        guard var request = asked[id] else { return false }
        request.stream?.received += count
        request.deadline = now + request.timeout
        asked[id] = request
        return true
    }

    mutating func streamEnded(_ id: UInt64, _ actions: inout [ConnectionAction]) throws(ProtocolFault) {
        guard let request = try present(.streamEnd, id) else { return }
        guard let stream = request.stream, let total = stream.total else { throw .unexpected(.streamEnd, id) }
        guard stream.received == total else { throw .streamLength(id, claimed: total) }
        asked[id] = nil
        actions.append(.streamEnded(id))
    }

    /// The request that a frame names; nil if the request no longer waits, since its cancellation crossed the frame.
    private func present(_ kind: FrameKind, _ id: UInt64) throws(ProtocolFault) -> AskedRequest? {
        guard id <= lastAsked else { throw .unknownRequest(kind, id) }
        return asked[id]
    }
}

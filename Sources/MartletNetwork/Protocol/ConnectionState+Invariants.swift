import NIOCore

extension ConnectionState {
    /// Traps if the state contradicts itself; tests call it after every event.
    package func checkInvariants() {
        precondition(unsentBytes >= output.readableBytes, "\(unsentBytes) unsent, \(output.readableBytes) not taken")
        precondition(decoder.heldBytes <= max(limits.maxFrameBytes, 1 + FrameKind.textBytes), "\(decoder.heldBytes) held")
        precondition(asked.count <= limits.maxRequests, "\(asked.count) requests")
        precondition(answering.count <= limits.maxRequests, "\(answering.count) requests of the peer")
        for (id, request) in asked {
            precondition(id <= lastAsked, "request \(id) was never made")
            guard let stream = request.stream else { continue }
            precondition(
                stream.consumed <= stream.received && stream.received <= stream.announced
                    && stream.announced <= stream.granted, "stream \(id): \(stream)")
            precondition(stream.announced <= stream.total ?? 0, "stream \(id) came before its header, or too much")
        }
        for (id, answer) in answering {
            precondition(id <= lastAnswering, "the peer never made request \(id)")
            guard case .streaming(let stream) = answer else { continue }
            precondition(stream.sent <= stream.total, "stream \(id): \(stream)")
            precondition(stream.credit >= 0 && stream.credit <= Self.maxCredit, "stream \(id): \(stream)")
            let isReady = stream.credit > 0 && !stream.isBusy
            precondition(ready.count { $0 == id } == (isReady ? 1 : 0), "stream \(id) has its turn once, if it can send")
        }
        precondition(ready.allSatisfy { answering[$0] != nil }, "a stream that is gone has a turn")
        switch phase {
        case .opening: precondition(peer == nil && end == nil && asked.isEmpty && answering.isEmpty, "not open")
        case .open: precondition(peer != nil && end == nil, "open")
        case .closing, .closed: precondition(end != nil && asked.isEmpty && answering.isEmpty, "ended")
        }
    }
}

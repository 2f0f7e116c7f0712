package import MartletCore

extension ConnectionState {
    /// When the transport has to call `tick` next, if earlier than last told.
    package mutating func arm() -> Instant? { clock.arm() }

    /// Whether `arm` would return a new time.
    package var isDueEarlier: Bool { clock.isDueEarlier }

    /// The timer that `arm` asked for has fired.
    package mutating func tick(at now: Instant) -> [ConnectionAction] {
        let late = clock.tick(at: now)
        if late > .zero {
            for id in asked.keys { asked[id]!.deadline = asked[id]!.deadline + late }
        }
        if let phaseEnds = clock.phaseEnds, now >= phaseEnds {
            guard phase == .opening else { return disconnected(nil) }
            let error = NetworkError.timedOut(address, .handshake, after: limits.handshakeTimeout)
            return close(error, saying: "the handshake took too long", at: now)
        }
        if clock.isSilent(at: now) {
            let error = NetworkError.timedOut(address, .sign, after: limits.keepAliveTimeout)
            return close(error, saying: "nothing was heard for too long", at: now)
        }
        if clock.asks(at: now) { write(.ping, request: 0) }
        return expireRequests(at: now) + checkOverflow(at: now)
    }

    private mutating func expireRequests(at now: Instant) -> [ConnectionAction] {
        guard let due = clock.requestsDue, now >= due else { return [] }
        var actions: [ConnectionAction] = []
        var earliest: Instant?
        for id in asked.keys.sorted() {
            guard var request = asked[id] else { continue }
            // A reader with bytes left to read does not wait for the peer.
            if let stream = request.stream, stream.received > stream.consumed, request.deadline <= now {
                request.deadline = now + request.timeout
                asked[id] = request
            }
            guard request.deadline <= now else {
                earliest = min(earliest ?? request.deadline, request.deadline)
                continue
            }
            _ = cancel(id)
            let wait: NetworkError.Wait = request.stream == nil ? .answer : .stream
            actions.append(.failed(id, .timedOut(address, wait, after: request.timeout)))
        }
        clock.setRequestsDue(earliest)
        return actions
    }
}

package import MartletCore

/// One end of a conversation in which each message arrives once and in order, although the network loses, repeats, delays and
/// reorders frames, and connections are cut and re-established.
///
/// Messages are numbered from 1 and kept until the other end has acknowledged them. At most `window` of them are in flight, and
/// as many may wait at the other end for a missing one. Each end has an incarnation, a number that no earlier process in the
/// same role had, and learns the other's before the link is made: frames of or for another incarnation are dropped, so that a
/// restarted process is not taken for its predecessor.
/// - Invariant: E1
package struct ReliableLink<Outgoing: Sendable, Incoming: Sendable>: Sendable {
    /// The events that the link handles.
    package enum Event: Sendable {
        case send(Outgoing)
        case received(LinkFrame<Incoming>)

        /// There is a new connection; frames in flight on the old one may be lost.
        case reconnected

        /// Time has passed. Send it a few times in each `retransmitAfter`.
        case tick
    }

    /// The actions to perform, in order.
    package enum Action: Sendable {
        case transmit(LinkFrame<Outgoing>)
        case deliver(Incoming)

        /// The other end does not take the messages sent to it: the conversation has ended.
        case overflow
    }

    /// How many messages may be in flight, and how many may wait at the other end.
    package static var window: Int { 256 }

    /// Messages that may wait to be sent.
    package static var maxWaiting: Int { 1 << 20 }

    /// The number of unacknowledged messages that triggers an acknowledgement before the next tick.
    private static var acknowledgeEvery: Int { 32 }

    private let local, peer: UInt64
    private let retransmitAfter: Duration

    /// Messages that the other end has not acknowledged; the first has the number `acknowledged + 1`.
    private var waiting = MessageQueue<Outgoing>()
    private var acknowledged = 0

    /// How many of them have been transmitted.
    private var transmittedCount = 0

    /// When the last of them was acknowledged, or transmitted again, and how long to wait now.
    private var progressAt = Instant.zero
    private var patience: Duration

    /// The number of the last delivered message, and the messages that arrived before an earlier one.
    private var delivered = 0
    private var early: [Int: Incoming] = [:]

    /// Messages that arrived since the last frame that acknowledged any.
    private var unacknowledged = 0

    /// Frames of, or for, another incarnation.
    package private(set) var strangeFrameCount = 0

    /// - Parameters:
    ///   - local: the incarnation of this end
    ///   - peer: the incarnation of the other end
    ///   - retransmitAfter: how long to wait for an acknowledgement; doubled with each repetition, up to 16 times
    package init(local: UInt64, peer: UInt64, retransmitAfter: Duration) {
        self.local = local
        self.peer = peer
        self.retransmitAfter = retransmitAfter
        patience = retransmitAfter
    }

    /// Number of messages that are not known to have arrived.
    package var waitingCount: Int { waiting.count }

    /// Number of messages that wait for a missing one; never more than `window`.
    package var earlyCount: Int { early.count }

    package mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .send(let payload):
            if waiting.count >= Self.maxWaiting { return [.overflow] }
            waiting.append(payload)
            return transmitNew(at: now)
        case .received(let frame):
            return receive(frame, at: now)
        case .reconnected:
            patience = retransmitAfter
            return repeatAll(at: now)
        case .tick:
            return tick(at: now)
        }
    }

    private mutating func receive(_ frame: LinkFrame<Incoming>, at now: Instant) -> [Action] {
        // An acknowledgement of a message that was never sent can only be a stranger's.
        guard frame.sender == peer, frame.receiver == local, frame.acknowledged <= acknowledged + transmittedCount else {
            strangeFrameCount += 1
            return []
        }
        if frame.acknowledged > acknowledged {
            waiting.removeFirst(frame.acknowledged - acknowledged)
            transmittedCount -= frame.acknowledged - acknowledged
            acknowledged = frame.acknowledged
            (progressAt, patience) = (now, retransmitAfter)
        }
        var actions: [Action] = []
        if let payload = frame.payload {
            unacknowledged += 1
            if frame.number <= delivered {
                // The acknowledgement was lost.
                unacknowledged = max(unacknowledged, Self.acknowledgeEvery)
            } else if frame.number <= delivered + Self.window {
                early[frame.number] = payload
            }
            while let next = early.removeValue(forKey: delivered + 1) {
                delivered += 1
                actions.append(.deliver(next))
            }
        }
        actions += transmitNew(at: now)
        if unacknowledged >= Self.acknowledgeEvery { actions.append(.transmit(frameWithoutMessage())) }
        return actions
    }

    private mutating func tick(at now: Instant) -> [Action] {
        var actions: [Action] = []
        if transmittedCount > 0, now - progressAt >= patience {
            patience = min(patience * 2, retransmitAfter * 16)
            actions = repeatAll(at: now)
        }
        if unacknowledged > 0 { actions.append(.transmit(frameWithoutMessage())) }
        return actions
    }

    /// Transmits as many messages as the window allows.
    private mutating func transmitNew(at now: Instant) -> [Action] {
        var actions: [Action] = []
        while transmittedCount < min(waiting.count, Self.window) {
            if transmittedCount == 0 { progressAt = now }
            transmittedCount += 1
            actions.append(.transmit(frame(transmittedCount)))
        }
        return actions
    }

    private mutating func repeatAll(at now: Instant) -> [Action] {
        progressAt = now
        let repeated = transmittedCount
        var actions: [Action] = []
        for place in 0..<repeated { actions.append(.transmit(frame(place + 1))) }
        return actions + transmitNew(at: now)
    }

    /// The frame of a waiting message, by its place in `waiting`, counted from 1.
    private mutating func frame(_ place: Int) -> LinkFrame<Outgoing> {
        unacknowledged = 0
        return LinkFrame(
            sender: local, receiver: peer, number: acknowledged + place, acknowledged: delivered,
            payload: waiting[place - 1])
    }

    private mutating func frameWithoutMessage() -> LinkFrame<Outgoing> {
        unacknowledged = 0
        return LinkFrame(sender: local, receiver: peer, number: 0, acknowledged: delivered, payload: nil)
    }
}

import MartletCore

/// The deadlines of a connection.
///
/// Time in which this process did not run (stopped, or without a processor) does not count: the peer may have been
/// waiting for it.
struct ConnectionClock: Sendable {
    /// A timer that fires this much too late shows that the process did not run. All deadlines are then extended, so that
    /// waiting input is read first.
    static let lateness: Duration = .seconds(1)

    private let limits: NetworkLimits
    /// The deadline of the handshake, or of the peer's last word after a goodbye.
    private(set) var phaseEnds: Instant?
    private var isOpen = false
    private var lastHeard: Instant
    private var lastAsked: Instant
    /// Not after the first deadline of a request.
    private(set) var requestsDue: Instant?
    /// When the transport was told to call.
    private var armed: Instant?

    init(limits: NetworkLimits, at now: Instant) {
        self.limits = limits
        phaseEnds = now + limits.handshakeTimeout
        lastHeard = now
        lastAsked = now
    }

    mutating func opened(at now: Instant) {
        phaseEnds = nil
        isOpen = true
        lastAsked = now
    }

    mutating func heard(at now: Instant) { lastHeard = max(lastHeard, now) }

    mutating func closing(at now: Instant) {
        isOpen = false
        requestsDue = nil
        phaseEnds = now + limits.lingerTimeout
    }

    mutating func stop() {
        isOpen = false
        requestsDue = nil
        phaseEnds = nil
    }

    mutating func waits(until deadline: Instant) { requestsDue = min(requestsDue ?? deadline, deadline) }

    /// No request waits until an earlier time.
    mutating func setRequestsDue(_ deadline: Instant?) { requestsDue = deadline }

    private var next: Instant? {
        var next = phaseEnds
        if isOpen {
            let ping = max(lastHeard, lastAsked) + limits.keepAliveInterval
            next = min(next ?? ping, ping, lastHeard + limits.keepAliveTimeout)
        }
        if let requestsDue { next = min(next ?? requestsDue, requestsDue) }
        return next
    }

    var isDueEarlier: Bool {
        guard let next else { return false }
        return armed.map { next < $0 } ?? true
    }

    /// When the transport has to call `tick`, if it does not know yet.
    mutating func arm() -> Instant? {
        guard isDueEarlier else { return nil }
        armed = next
        return next
    }

    /// The transport's timer has fired.
    ///
    /// - Returns: by how much all deadlines are extended.
    mutating func tick(at now: Instant) -> Duration {
        defer { armed = nil }
        guard let armed, now - armed > Self.lateness else { return .zero }
        let late = now - armed + Self.lateness
        lastHeard = min(lastHeard + late, now)
        phaseEnds = phaseEnds.map { $0 + late }
        requestsDue = requestsDue.map { $0 + late }
        return late
    }

    func isSilent(at now: Instant) -> Bool { isOpen && now >= lastHeard + limits.keepAliveTimeout }

    /// Whether to ask the peer for a sign of life.
    mutating func asks(at now: Instant) -> Bool {
        guard isOpen, now >= max(lastHeard, lastAsked) + limits.keepAliveInterval else { return false }
        lastAsked = now
        return true
    }
}

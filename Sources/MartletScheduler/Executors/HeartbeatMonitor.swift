import MartletCore

/// Notices executors that are silent for too long.
///
/// Time in which the driver itself slept does not count against executors: what they sent meanwhile has not been read yet.
struct HeartbeatMonitor: Sendable {
    /// How long an executor may be silent.
    let timeout: Duration

    private var heardAt: [ExecutorID: Instant] = [:]
    private var tickedAt: Instant?

    init(timeout: Duration) { self.timeout = timeout }

    /// An executor said something; from the first time on it is expected to go on.
    mutating func heard(_ executor: ExecutorID, at now: Instant) { heardAt[executor] = now }

    /// An executor is not expected to say anything any more.
    mutating func forget(_ executor: ExecutorID) { heardAt[executor] = nil }

    /// Those that have been silent for too long, in the order of their ids.
    /// - Parameter now: to be called several times in each `timeout`
    /// - Complexity: O(executors)
    mutating func expired(at now: Instant) -> [ExecutorID] {
        let gap = now - (tickedAt ?? now)
        tickedAt = now
        if gap > timeout / 4 {
            for executor in heardAt.keys { heardAt[executor] = heardAt[executor].map { min(now, $0 + gap) } }
        }
        return heardAt.filter { now - $0.value > timeout }.map(\.key).sorted()
    }
}

import MartletCore

/// Detects executors that are silent for too long.
///
/// Time in which the driver itself slept does not count against executors: their messages of that time are still unread.
struct HeartbeatMonitor: Sendable {
    /// How long an executor may be silent.
    let timeout: Duration

    private var heardAt: [ExecutorID: Instant] = [:]
    private var tickedAt: Instant?

    init(timeout: Duration) { self.timeout = timeout }

    /// Records a sign of life of an executor; after the first, more are expected.
    mutating func heard(_ executor: ExecutorID, at now: Instant) { heardAt[executor] = now }

    /// Stops expecting signs of life of an executor.
    mutating func forget(_ executor: ExecutorID) { heardAt[executor] = nil }

    /// The executors that have been silent for too long, in the order of their ids.
    /// - Parameter now: the present time; call this several times in each `timeout`
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

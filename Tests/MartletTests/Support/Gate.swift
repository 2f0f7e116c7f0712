import Glibc
import Martlet
import TestSupport

/// Holds tasks of any process up until the test lets them go on.
final class Gate: Codable, Sendable {
    /// Arrivals, and whether it is open.
    private let counts: SharedCounts

    init() { counts = SharedCounts(2) }

    /// Tasks that have come to the gate so far.
    var arrivals: Int { counts[0] }

    func open() { counts.add(1, at: 1) }

    /// Waits, on a thread that may be blocked, until the gate is open or the task that the thread runs is cancelled.
    func pass() {
        counts.add(1, at: 0)
        while counts[1] == 0, TaskContext.current?.isInterrupted != true {
            sched_yield()
        }
    }
}

/// A deadline that comes when the test says so.
final class TestDeadline: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func come() { continuation.finish() }

    @Sendable func wait() async { for await _ in stream {} }
}

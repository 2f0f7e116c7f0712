import Glibc
import Martlet
import MartletPortable
import TestSupport

/// Blocks tasks of any process until the test lets them continue.
///
/// A handle, since all copies of it mean the same gate.
final class Gate: Codable, Sendable, PortableHandle {
    /// The arrivals, and whether the gate is open.
    private let counts: SharedCounts

    init() { counts = SharedCounts(2) }
    private init(_ counts: SharedCounts) { self.counts = counts }

    func form(in session: PortableSession) -> SharedCounts { counts }
    static func make(from form: SharedCounts, in session: PortableSession) -> Gate { Gate(form) }

    /// The number of tasks that have reached the gate.
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

/// A deadline that passes when the test says so.
final class TestDeadline: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func come() { continuation.finish() }

    @Sendable func wait() async { for await _ in stream {} }
}

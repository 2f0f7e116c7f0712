import Glibc
import Martlet
import Synchronization

/// Holds tasks up until the test lets them go on.
final class Gate: Sendable {
    private let isOpen = Atomic<Bool>(false)
    private let count = Atomic<Int>(0)

    /// Tasks that have come to the gate so far.
    var arrivals: Int { count.load(ordering: .sequentiallyConsistent) }

    func open() { isOpen.store(true, ordering: .sequentiallyConsistent) }

    /// Waits, on a thread that may be blocked, until the gate is open or the task that the thread runs is cancelled.
    func pass() {
        count.add(1, ordering: .sequentiallyConsistent)
        while !isOpen.load(ordering: .sequentiallyConsistent), TaskContext.current?.isInterrupted != true {
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

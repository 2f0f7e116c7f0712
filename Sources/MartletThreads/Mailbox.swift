import Glibc
import Synchronization

/// Delivers events, in order, on a thread of its own, to one receiver that may be slow.
///
/// Posting never blocks: an event that finds the queue full is dropped and counted.
///
/// - Invariant: L1. Events posted before `stop` are delivered or counted as dropped; later events are not accepted.
package final class Mailbox<Event: Sendable>: Sendable {
    private let capacity: Int
    private let monitor = Monitor(State())

    private struct State: Sendable {
        /// Delivered events are moved out.
        var events: [Event?] = []
        /// The first event that is not delivered yet.
        var next = 0
        var droppedCount = 0
        var isDelivering = false
        var isStopping = false

        var waitingCount: Int { events.count - next }
        var isIdle: Bool { waitingCount == 0 && !isDelivering }

        mutating func take() -> Order? {
            guard waitingCount > 0 else { return isStopping ? .stop : nil }
            let event = events[next].take()
            next += 1
            // The delivered front is released at once when nothing is left, else when it is most of the array.
            if next == events.count || next >= 1024 && next * 2 > events.count {
                events.removeFirst(next)
                next = 0
            }
            isDelivering = true
            return event.map { .deliver($0) }
        }
    }

    private enum Order {
        case deliver(Event)
        case stop
    }

    /// - Parameters:
    ///   - capacity: events that may wait; at least 1.
    ///   - deliver: called for one event at a time.
    package init(capacity: Int, deliver: @escaping @Sendable (Event) -> Void) {
        precondition(capacity > 0, "a queue has room for something")
        self.capacity = capacity
        startDetachedThread("an event queue", stackBytes: Self.stackBytes) { [monitor] in
            deliveringThreads.withLock { _ = $0.insert(pthread_self()) }
            defer { deliveringThreads.withLock { _ = $0.remove(pthread_self()) } }
            while case .deliver(let event) = monitor.wait(for: { $0.take() }) {
                deliver(event)
                monitor.change(waking: .max) { $0.isDelivering = false }
            }
        }
    }

    deinit { stop() }

    /// - Returns: whether the event was accepted; false when the queue is full, or stopped.
    @discardableResult
    package func post(_ event: Event) -> Bool {
        var isTaken = false
        monitor.change(waking: .max) { state in
            guard !state.isStopping else { return }
            if state.waitingCount < capacity {
                state.events.append(event)
                isTaken = true
            } else {
                state.droppedCount += 1
            }
        }
        return isTaken
    }

    /// Accepts no more events. Queued events are delivered, then the thread ends. Does not wait for that.
    package func stop() {
        monitor.change(waking: .max) { $0.isStopping = true }
    }

    /// Blocks until all events posted so far are delivered. Returns at once when a receiver calls it, of this queue or another:
    /// the receiver would wait for its own end, or two receivers for each other.
    package func waitUntilDelivered() {
        guard !deliveringThreads.withLock({ $0.contains(pthread_self()) }) else { return }
        monitor.wait { $0.isIdle ? () : nil }
    }

    /// Events that found no room.
    package var droppedCount: Int { monitor.wait { $0.droppedCount } }

    private static var stackBytes: Int { 8 << 20 }
}

/// The threads of all queues of this process.
private let deliveringThreads = Mutex<Set<pthread_t>>([])

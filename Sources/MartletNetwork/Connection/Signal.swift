import Dispatch
import Synchronization

/// Wakes one thread that waits.
package final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    package init() {}

    /// Wakes the thread that waits, or the next one that does.
    package func ring() { semaphore.signal() }

    func wait() { semaphore.wait() }
}

/// A value that comes once, from another thread.
package final class Promise<Value: Sendable>: Sendable {
    private let stored = Mutex<Value?>(nil)
    package let signal = Signal()

    package init() {}

    package func come(_ value: Value) {
        stored.withLock { $0 = value }
        signal.ring()
    }

    package var isHere: Bool { stored.withLock { $0 != nil } }

    /// Only when it is here.
    package var value: Value { stored.withLock { $0! } }
}

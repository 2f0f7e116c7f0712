import Dispatch

/// Wakes one thread that waits.
package final class Signal: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    package init() {}

    /// Wakes the thread that waits, or the next one that does.
    package func wake() { semaphore.signal() }

    func wait() { semaphore.wait() }
}

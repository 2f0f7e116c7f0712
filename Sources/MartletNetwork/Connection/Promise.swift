import Synchronization

/// A value that arrives once, from another thread.
package final class Promise<Value: Sendable>: Sendable {
    private let stored = Mutex<Value?>(nil)
    package let signal = Signal()

    package init() {}

    package func fulfil(_ value: Value) {
        stored.withLock { $0 = value }
        signal.wake()
    }

    package var isFulfilled: Bool { stored.withLock { $0 != nil } }

    /// Valid only if `isFulfilled`.
    package var value: Value { stored.withLock { $0! } }
}

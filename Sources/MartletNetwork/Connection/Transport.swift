import MartletCore

/// Carries the bytes of a connection, and serves `ConnectionCore` on an event loop.
protocol Transport: AnyObject, Sendable {
    var now: Instant { get }
    /// Output, actions or a deadline wait: makes the event loop take them soon. From any thread.
    func wake()
    /// Waits, on a plain thread, until `isReady` returns true.
    func block(until isReady: () -> Bool, _ signal: Signal)
}

import MartletCore

/// What carries the bytes of a connection, and has an event loop on which `ConnectionCore` is served.
protocol Transport: AnyObject, Sendable {
    var now: Instant { get }
    /// Output, actions or a deadline wait: has them taken soon, on the event loop. From any thread.
    func wake()
    /// Waits, on a plain thread, until something has happened that `isReady` looks for.
    func block(until isReady: () -> Bool, _ signal: Signal)
}

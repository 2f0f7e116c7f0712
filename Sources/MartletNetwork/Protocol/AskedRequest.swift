import MartletCore

/// A request of this side that waits for its answer.
struct AskedRequest: Sendable {
    let timeout: Duration
    /// The time at which it fails if nothing arrives.
    var deadline: Instant
    /// Nil for a plain request.
    var stream: StreamReceipt?
}

/// How much of a stream has arrived.
struct StreamReceipt: Sendable {
    /// The length in the header; nil before the header arrives.
    var total: Int?
    /// Bytes that chunks have announced.
    var announced = 0
    /// Bytes that have arrived.
    var received = 0
    /// Bytes that the reader has taken.
    var consumed = 0
    /// Bytes that the peer may send from the beginning of the stream.
    var granted: Int
}

/// How much a connection may hold, and how long it waits.
package struct NetworkLimits: Sendable, Hashable {
    /// The largest body of a frame that is accepted.
    /// - Units: bytes
    package var maxFrameBytes = 16 << 20
    /// The most bytes that may wait to be sent. Beyond it the connection is closed: its peer does not read.
    /// - Units: bytes
    package var maxBufferedBytes = 64 << 20
    /// Bytes of one stream that may be on their way, or received and not yet read.
    package var streamWindowBytes = 4 << 20
    /// The largest chunk of a stream that is sent as one frame.
    /// - Units: bytes
    package var chunkBytes = 256 << 10
    /// Requests, including requests for streams, that wait for an answer, in each direction.
    package var maxRequests = 4096
    /// Connections of a listener that have not completed their handshake; one more closes the oldest of them.
    package var maxHandshakes = 256
    /// Connections of a listener.
    package var maxConnections = 4096
    /// The time limit for the TCP connection.
    package var connectTimeout: Duration = .seconds(10)
    /// The time limit for TLS and the preambles, once the TCP connection exists.
    package var handshakeTimeout: Duration = .seconds(10)
    /// A peer that is silent for this long is sent a ping.
    package var keepAliveInterval: Duration = .seconds(10)
    /// A peer that is silent for this long counts as gone: the connection is closed.
    package var keepAliveTimeout: Duration = .seconds(120)
    /// How long a closed connection waits for its peer to read the reason.
    package var lingerTimeout: Duration = .seconds(1)

    package init() {}

    /// The smallest frame limit and stream window that a peer may announce: less would make each frame mostly header.
    package static let leastBytes = 1024

    func check() {
        precondition(maxFrameBytes >= Self.leastBytes && maxFrameBytes <= 1 << 30, "maxFrameBytes: 1 KiB to 1 GiB")
        precondition(
            streamWindowBytes >= Self.leastBytes && streamWindowBytes <= 1 << 30, "streamWindowBytes: 1 KiB to 1 GiB")
        precondition(chunkBytes >= Self.leastBytes, "chunkBytes: at least 1 KiB")
        precondition(maxBufferedBytes >= Self.leastBytes, "maxBufferedBytes: at least 1 KiB")
        precondition(maxRequests > 0 && maxHandshakes > 0 && maxConnections > 0, "limits of counts: at least 1")
        for duration in [connectTimeout, handshakeTimeout, keepAliveInterval, keepAliveTimeout, lingerTimeout] {
            precondition(duration > .zero, "times of NetworkLimits: more than zero")
        }
    }
}

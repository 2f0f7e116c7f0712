import Synchronization

/// Answers one request, once, from any thread. If it is released unused, the request fails.
///
/// An answer to a cancelled request, or over a closed connection, is dropped.
package final class NetworkAnswer: Sendable {
    /// The content of an answer.
    enum Content: Sendable {
        case bytes([UInt8])
        case parts([StreamPart])
        case failure(NetworkError.RemoteFailure, String)
    }

    private let isGiven = Atomic<Bool>(false)
    private let deliver: @Sendable (Content) -> Void

    init(deliver: @escaping @Sendable (Content) -> Void) { self.deliver = deliver }

    deinit {
        if !isGiven.load(ordering: .relaxed) { deliver(.failure(.handler, "its handler dropped the request without an answer")) }
    }

    /// Answers. A request for a stream gets a stream of a single part.
    package func send(_ body: [UInt8]) { give(.bytes(body)) }

    /// Answers in pieces. Only a request for a stream can take this; any other request fails.
    package func stream(_ parts: [StreamPart]) { give(.parts(parts)) }

    /// Fails the request with a reason.
    package func fail(_ reason: String, kind: NetworkError.RemoteFailure = .handler) { give(.failure(kind, reason)) }

    private func give(_ content: Content) {
        let wasGiven = isGiven.exchange(true, ordering: .relaxed)
        precondition(!wasGiven, "a request is answered once")
        deliver(content)
    }
}

import Synchronization

/// Answers one request, once, from any thread. If it goes without having been used, the request fails.
///
/// An answer to a request that was given up, or over a connection that is closed, is dropped.
package final class NetworkAnswer: Sendable {
    /// What answers can be.
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

    /// Answers. Who asked for a stream gets one of a single part.
    package func send(_ body: [UInt8]) { give(.bytes(body)) }

    /// Answers in pieces. Only who asked for a stream can read this; any other request fails.
    package func stream(_ parts: [StreamPart]) { give(.parts(parts)) }

    /// Says why there is no answer.
    package func fail(_ reason: String, kind: NetworkError.RemoteFailure = .handler) { give(.failure(kind, reason)) }

    private func give(_ content: Content) {
        let wasGiven = isGiven.exchange(true, ordering: .relaxed)
        precondition(!wasGiven, "a request is answered once")
        deliver(content)
    }
}

package import NIOCore

/// An answer that arrives in pieces, read by one thread.
///
/// The peer sends no more than the window ahead of the reader. A stream that is released before its end is cancelled.
package final class NetworkStream: Sendable {
    private let inbox: StreamInbox

    init(_ inbox: StreamInbox) { self.inbox = inbox }

    deinit { inbox.cancel() }

    /// The next piece, without waiting for it.
    package enum Step: Sendable {
        case piece(ByteBuffer)
        case end
        /// Nothing has arrived yet.
        case none
    }

    /// The next piece, never empty; nil at the end. Waits for it: not for event loops.
    ///
    /// - Throws: the error that ended the stream early, after the pieces before it; later calls throw it again.
    package func next() throws(NetworkError) -> ByteBuffer? {
        while true {
            switch try inbox.step() {
            case .piece(let piece): return piece
            case .end: return nil
            case .none: inbox.waitForChange()
            }
        }
    }

    /// The next piece, if it has arrived.
    package func poll() throws(NetworkError) -> Step { try inbox.step() }

    /// Calls `action` once, when `poll` has a piece or the end: on the event loop, or at once on the calling thread.
    package func whenReady(_ action: @escaping @Sendable () -> Void) { inbox.whenReady(action) }

    /// The number of bytes that the peer announces; waits for the announcement. The stream fails if the number is wrong.
    package func totalBytes() throws(NetworkError) -> Int {
        while true {
            if let total = try inbox.total() { return total }
            inbox.waitForChange()
        }
    }

    /// Cancels the stream: the peer stops sending.
    package func cancel() { inbox.cancel() }
}

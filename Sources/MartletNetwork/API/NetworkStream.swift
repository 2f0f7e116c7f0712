package import NIOCore

/// An answer that comes in pieces, read by one thread.
///
/// The peer sends no more than the window ahead of the reader. If it goes before it was read to its end, it is cancelled.
package final class NetworkStream: Sendable {
    private let inbox: StreamInbox

    init(_ inbox: StreamInbox) { self.inbox = inbox }

    deinit { inbox.cancel() }

    /// What the next piece is without waiting for it.
    package enum Step: Sendable {
        case piece(ByteBuffer)
        case end
        /// Nothing has come yet.
        case none
    }

    /// The next piece, never empty; nil at the end. Waits for it: not for event loops.
    ///
    /// - Throws: what ended the stream early, after the pieces that came before; the same again when called again.
    package func next() throws(NetworkError) -> ByteBuffer? {
        while true {
            switch try inbox.step() {
            case .piece(let piece): return piece
            case .end: return nil
            case .none: inbox.waitForChange()
            }
        }
    }

    /// The next piece, if it is here.
    package func poll() throws(NetworkError) -> Step { try inbox.step() }

    /// Calls `action` once, when `poll` has something to tell: on the event loop, or at once on the calling thread.
    package func whenReady(_ action: @escaping @Sendable () -> Void) { inbox.whenReady(action) }

    /// How many bytes the peer says will come; waits until it has said so. The stream fails if it is not true.
    package func totalBytes() throws(NetworkError) -> Int {
        while true {
            if let total = try inbox.total() { return total }
            inbox.waitForChange()
        }
    }

    /// Gives it up: the peer stops sending.
    package func cancel() { inbox.cancel() }
}

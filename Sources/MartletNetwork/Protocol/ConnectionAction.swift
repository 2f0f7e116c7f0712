package import NIOCore

/// An action that the state of a connection requests.
package enum ConnectionAction: Sendable {
    /// The handshake is complete.
    case connected(identity: String)
    case received([UInt8])
    case requested(UInt64, [UInt8], streamed: Bool)
    /// A request of this side was answered.
    case answered(UInt64, [UInt8])
    /// A request or a stream of this side has failed.
    case failed(UInt64, NetworkError)
    case streamBegan(UInt64, total: Int)
    case streamPiece(UInt64, ByteBuffer)
    case streamEnded(UInt64)
    /// The peer has cancelled its request.
    case abandoned(UInt64)
    /// The connection has ended: nothing follows. Waiting requests have failed with the error.
    ///
    /// `isOwn` if this side was asked to close it.
    case closed(NetworkError, isOwn: Bool)
}

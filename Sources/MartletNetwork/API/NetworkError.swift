package import MartletFiles

/// A failure between two processes. Each case carries the facts; `description` words them.
package enum NetworkError: Error, Sendable, Hashable {
    /// No connection could be made.
    case connectFailed(NetworkAddress, reason: String)
    /// The address cannot be listened on.
    case listenFailed(NetworkAddress, reason: String)
    /// The address can be reached by other machines, but neither a secret nor certificates protect it.
    case unprotected(NetworkAddress)
    /// The secret or the certificates cannot be used.
    case badSecurity(reason: String)
    /// The TLS handshake failed, or TLS records were damaged.
    case securityFailed(NetworkAddress, reason: String)
    /// An awaited event did not happen in time.
    case timedOut(NetworkAddress, Wait, after: Duration)
    /// This side closed the connection.
    case closed(NetworkAddress, reason: String)
    /// The peer closed the connection; without a reason, the connection was cut or the peer ended.
    case closedByPeer(NetworkAddress, reason: String?)
    /// The system reported a failure of the connection.
    case broken(NetworkAddress, reason: String)
    /// The peer violated the protocol.
    case violated(NetworkAddress, ProtocolFault)
    /// More bytes wait to be sent than the limit allows: the peer does not read.
    case overflow(NetworkAddress, limitBytes: Int)
    /// A message, a request or an answer is larger than the peer accepts.
    case tooLarge(NetworkAddress, bytes: Int, limitBytes: Int)
    /// More requests wait for answers than the limit allows.
    case tooManyRequests(NetworkAddress, limit: Int)
    /// The peer could not answer.
    case failed(NetworkAddress, RemoteFailure, text: String)
    /// The reader of a stream cancelled it.
    case cancelled(NetworkAddress)
    /// The network of this process was shut down.
    case shutDown
    /// No descriptor is available for one more connection. The peer is not the cause.
    case tooManyOpenFiles(NetworkAddress, OpenFilesLimit)

    /// The awaited event.
    package enum Wait: String, Sendable {
        case handshake = "the handshake"
        case answer = "an answer"
        case stream = "more of a stream"
        case sign = "a sign of life"
    }

    /// Why the peer could not answer.
    /// - Shape: one byte on the wire
    package enum RemoteFailure: UInt8, Sendable {
        /// Its handler failed the request.
        case handler = 1
        /// It has reached its limit of requests of this connection.
        case busy = 2
        /// A file of the stream does not exist.
        case fileMissing = 3
        /// A file of the stream is shorter than the requested range.
        case fileTooShort = 4
        /// A file of the stream cannot be read.
        case fileUnreadable = 5
        /// No descriptor is available for it now; the file itself is intact.
        case tooManyOpenFiles = 6
    }
}

extension NetworkError: CustomStringConvertible {
    /// What happened, where, and what to do.
    package var description: String {
        switch self {
        case .connectFailed(let peer, let reason):
            "\(peer): no connection: \(reason); check that the process runs and that the address is right"
        case .listenFailed(let address, let reason):
            "\(address): cannot be listened on: \(reason); choose another address, or port 0 for a free one"
        case .unprotected(let address):
            "\(address): is reachable from other machines, and connections are not protected; "
                + "set a shared secret or certificates, or use a loopback address"
        case .badSecurity(let reason):
            "connections cannot be protected: \(reason)"
        case .securityFailed(let peer, let reason):
            "\(peer): TLS failed: \(reason); check that both sides have the same secret, or certificates of one root"
        case .timedOut(let peer, let wait, let duration):
            "\(peer): \(wait.rawValue) did not come within \(duration)"
        case .closed(let peer, let reason):
            "\(peer): the connection was closed: \(reason)"
        case .closedByPeer(let peer, nil):
            "\(peer): the connection was cut: the peer ended, or the network between failed"
        case .closedByPeer(let peer, let reason?):
            "\(peer): the peer closed the connection: \(reason)"
        case .broken(let peer, let reason):
            "\(peer): the connection failed: \(reason)"
        case .violated(let peer, let fault):
            "\(peer): the connection was closed, since the peer does not follow the protocol: \(fault)"
        case .overflow(let peer, let limit):
            "\(peer): the connection was closed: more than \(limit) bytes wait to be sent, and the peer does not read"
        case .tooLarge(let peer, let bytes, let limit):
            "\(peer): \(bytes) bytes are more than the \(limit) that the peer takes in one frame; use a stream"
        case .tooManyRequests(let peer, let limit):
            "\(peer): \(limit) requests wait for answers already"
        case .failed(let peer, let kind, let text):
            "\(peer): \(kind.words): \(text)"
        case .cancelled(let peer):
            "\(peer): the stream was cancelled"
        case .shutDown:
            "the network of this process was shut down"
        case .tooManyOpenFiles(let peer, let limit):
            "\(peer): no connection can be made: \(limit)"
        }
    }
}

extension NetworkError.RemoteFailure {
    var words: String {
        switch self {
        case .handler: "the request failed there"
        case .busy: "the peer has too many requests of this connection"
        case .fileMissing: "a file is not there any more"
        case .fileTooShort: "a file is shorter than what was asked for"
        case .fileUnreadable: "a file cannot be read"
        case .tooManyOpenFiles: "a file cannot be opened now"
        }
    }
}

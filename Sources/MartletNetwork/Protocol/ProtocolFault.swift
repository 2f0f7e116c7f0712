/// A peer's violation of the protocol.
package enum ProtocolFault: Error, Sendable, Hashable {
    /// It is not a Martlet process.
    case notMartlet
    case version(theirs: UInt16, ours: UInt16)
    /// It claims an unknown role, or the role of this side.
    case role(UInt8)
    /// Its limits are too small to communicate.
    case limits(frameBytes: UInt32, windowBytes: UInt32)
    /// An identity or a reason is not UTF-8.
    case notText
    case unknownKind(UInt8)
    /// Bytes that must be 0 are not.
    case reservedBytes
    /// A frame claims a length that its kind cannot have, or that is over the limit.
    case length(FrameKind, claimed: UInt32, most: Int)
    /// A frame outside of requests has a number, or a frame of a request has none.
    case requestNumber(FrameKind, UInt64)
    /// The numbers of requests must rise.
    case requestOrder(UInt64, after: UInt64)
    /// It names a request that was never made.
    case unknownRequest(FrameKind, UInt64)
    /// A frame that has no place in the request's present state.
    case unexpected(FrameKind, UInt64)
    /// It sent more of a stream than was granted.
    case beyondWindow(UInt64)
    /// It granted more than can be counted.
    case creditOverflow(UInt64, UInt64)
    /// A stream has another length than its header said.
    case streamLength(UInt64, claimed: Int)
    /// The claimed length of a stream is impossible.
    case claimedLength(UInt64)
    case unknownFailure(UInt8)
}

extension ProtocolFault: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notMartlet: "it does not begin as a Martlet process does"
        case .version(let theirs, let ours): "it speaks version \(theirs) of the protocol, not \(ours)"
        case .role(let role): "its role \(role) is not the other end's"
        case .limits(let frame, let window): "it takes frames of \(frame) bytes and windows of \(window): too little"
        case .notText: "a text is not UTF-8"
        case .unknownKind(let kind): "frames of kind \(kind) are unknown"
        case .reservedBytes: "reserved bytes of a frame are not 0"
        case .length(let kind, let claimed, let most): "a frame (\(kind)) claims \(claimed) bytes; at most \(most) are taken"
        case .requestNumber(let kind, let id): "a frame (\(kind)) cannot have the request number \(id)"
        case .requestOrder(let id, let last): "request \(id) came after \(last)"
        case .unknownRequest(let kind, let id): "a frame (\(kind)) names request \(id), which was never made"
        case .unexpected(let kind, let id): "a frame (\(kind)) for request \(id) came out of turn"
        case .beyondWindow(let id): "it sent more of stream \(id) than it was granted"
        case .creditOverflow(let id, let bytes): "it granted \(bytes) more bytes of stream \(id): too many"
        case .streamLength(let id, let claimed): "stream \(id) is not \(claimed) bytes long, as its header said"
        case .claimedLength(let id): "stream \(id) claims an impossible length"
        case .unknownFailure(let code): "failures of kind \(code) are unknown"
        }
    }
}

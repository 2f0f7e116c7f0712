/// The kind of a frame. `FRAMES.md` defines each kind.
/// - Shape: one byte on the wire
package enum FrameKind: UInt8, Sendable, CaseIterable {
    case message = 1
    case request = 2
    case streamRequest = 3
    case answer = 4
    case failure = 5
    case streamHeader = 6
    case chunk = 7
    case streamEnd = 8
    case credit = 9
    case cancel = 10
    case ping = 11
    case pong = 12
    case goodbye = 13

    /// - Units: bytes
    package static let headerBytes = 16
    /// The longest text of a failure or a goodbye.
    /// - Units: bytes
    package static let textBytes = 4096

    /// The possible lengths of its body.
    func bodyBytes(maxFrameBytes: Int) -> ClosedRange<Int> {
        switch self {
        case .message, .request, .streamRequest, .answer: 0...maxFrameBytes
        case .chunk: 1...maxFrameBytes
        case .failure: 1...1 + Self.textBytes
        case .streamHeader, .credit: 8...8
        case .streamEnd, .cancel, .ping, .pong: 0...0
        case .goodbye: 0...Self.textBytes
        }
    }

    /// Frames that belong to a request carry its number, the others 0.
    var hasRequest: Bool {
        switch self {
        case .message, .ping, .pong, .goodbye: false
        case .request, .streamRequest, .answer, .failure, .streamHeader, .chunk, .streamEnd, .credit, .cancel: true
        }
    }
}

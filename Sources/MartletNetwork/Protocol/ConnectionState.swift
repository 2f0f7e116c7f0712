package import MartletCore
package import NIOCore

/// One end of a connection as a value: bytes and calls in, bytes and actions out. It knows no socket, clock or lock.
///
/// `ByteBuffer`, a value too, is all it uses of NIO.
package struct ConnectionState: Sendable {
    package enum Phase: Sendable, Equatable {
        /// The peer's preamble has not arrived. Goes to `open`, `closing` or `closed`.
        case opening
        /// Goes to `closing` or `closed`.
        case open
        /// The goodbye is on its way; input is dropped until the peer has closed, or took too long. Goes to `closed`.
        case closing
        case closed
    }

    let role: ConnectionRole
    let address: NetworkAddress
    let limits: NetworkLimits
    package internal(set) var phase = Phase.opening
    /// Set with the phases `closing` and `closed`.
    package internal(set) var end: NetworkError?
    /// The peer's preamble; nil until it arrives.
    package internal(set) var peer: Preamble?
    var decoder: FrameDecoder

    /// Frames that the transport has not taken yet.
    var output = ByteBuffer()
    /// Bytes of `output`, and bytes that the transport has taken and not yet written.
    package internal(set) var unsentBytes = 0

    /// Requests of this side.
    var asked: [UInt64: AskedRequest] = [:]
    var lastAsked: UInt64 = 0
    /// Requests of the peer.
    var answering: [UInt64: AnswerState] = [:]
    var lastAnswering: UInt64 = 0
    /// Streams to the peer that can send, in the order of their turns.
    var ready: [UInt64] = []

    var clock: ConnectionClock

    package init(
        role: ConnectionRole, address: NetworkAddress, identity: String, limits: NetworkLimits, at now: Instant
    ) {
        self.role = role
        self.address = address
        self.limits = limits
        decoder = FrameDecoder(maxFrameBytes: limits.maxFrameBytes)
        clock = ConnectionClock(limits: limits, at: now)
        let preamble = Preamble(
            role: role, identity: identity, maxFrameBytes: limits.maxFrameBytes,
            streamWindowBytes: limits.streamWindowBytes)
        preamble.write(into: &output)
        unsentBytes = output.readableBytes
    }

    /// Whether bytes wait for the transport.
    package var hasOutput: Bool { output.readableBytes > 0 }

    /// The bytes to send next; the transport reports with `wrote` when they are sent.
    package mutating func takeOutput() -> ByteBuffer {
        defer { output = ByteBuffer() }
        return output
    }

    /// Bytes of `takeOutput` have left.
    package mutating func wrote(_ count: Int) { unsentBytes -= count }

    /// Sends a one-way message.
    package mutating func send(_ message: [UInt8], at now: Instant) -> [ConnectionAction] {
        guard phase == .open, let peer else { return [] }
        guard message.count <= peer.maxFrameBytes else {
            let error = NetworkError.tooLarge(address, bytes: message.count, limitBytes: peer.maxFrameBytes)
            return close(error, saying: "a message is too large to be sent", at: now)
        }
        write(.message, request: 0, message)
        return checkOverflow(at: now)
    }

    /// Closes, as this side's user asks.
    package mutating func close(reason: String, at now: Instant) -> [ConnectionAction] {
        close(.closed(address, reason: reason), saying: reason, isOwn: true, at: now)
    }

    /// Tells the peer why, and closes.
    mutating func close(
        _ error: NetworkError, saying reason: String, isOwn: Bool = false, at now: Instant
    ) -> [ConnectionAction] {
        guard phase == .opening || phase == .open else { return [] }
        write(.goodbye, request: 0, Self.shortened(reason))
        phase = .closing
        clock.closing(at: now)
        return ended(error, isOwn: isOwn)
    }

    /// The transport has ended, or a deadline has passed.
    ///
    /// - Parameter error: why; nil if the peer closed without a reason.
    package mutating func disconnected(_ error: NetworkError?) -> [ConnectionAction] {
        let before = phase
        phase = .closed
        clock.stop()
        output = ByteBuffer()
        switch before {
        case .opening: return ended(error ?? Self.cutEarly(address), isOwn: false)
        case .open: return ended(error ?? .closedByPeer(address, reason: nil), isOwn: false)
        case .closing, .closed: return []
        }
    }

    private static func cutEarly(_ address: NetworkAddress) -> NetworkError {
        let reason = "the peer cut it before the handshake was through; it may ask for a shared secret or certificates"
        return .connectFailed(address, reason: reason)
    }

    mutating func ended(_ error: NetworkError, isOwn: Bool) -> [ConnectionAction] {
        end = error
        asked = [:]
        answering = [:]
        ready = []
        return [.closed(error, isOwn: isOwn)]
    }

    mutating func write(_ kind: FrameKind, request: UInt64, _ body: [UInt8] = []) {
        output.writeFrameHeader(kind, request: request, count: body.count)
        output.writeBytes(body)
        unsentBytes += FrameKind.headerBytes + body.count
    }

    mutating func write(_ kind: FrameKind, request: UInt64, number: Int) {
        output.writeFrameHeader(kind, request: request, count: 8)
        output.writeInteger(UInt64(number), endianness: .little)
        unsentBytes += FrameKind.headerBytes + 8
    }

    /// Closes the connection if more bytes wait than this side may hold: the peer does not read.
    mutating func checkOverflow(at now: Instant) -> [ConnectionAction] {
        guard unsentBytes > limits.maxBufferedBytes else { return [] }
        // The waiting bytes are useless, and must not be kept until the peer reads.
        unsentBytes -= output.readableBytes
        output = ByteBuffer()
        let error = NetworkError.overflow(address, limitBytes: limits.maxBufferedBytes)
        return close(error, saying: "too many bytes wait to be read by this process", at: now)
    }

    /// A text as long as a frame may carry, cut where a character ends.
    static func shortened(_ text: String) -> [UInt8] {
        var count = 0
        for scalar in text.unicodeScalars {
            let width = scalar.utf8.count
            guard count + width <= FrameKind.textBytes else { break }
            count += width
        }
        return Array(text.utf8.prefix(count))
    }
}

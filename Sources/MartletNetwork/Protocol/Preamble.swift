package import NIOCore

/// The side that connected, and the side that listened.
/// - Shape: one byte on the wire
package enum ConnectionRole: UInt8, Sendable {
    case connector = 1
    case listener = 2
}

/// The first bytes of each side.
package struct Preamble: Sendable, Hashable {
    package var role: ConnectionRole
    package var identity: String
    /// The largest body that the sender of the preamble accepts.
    package var maxFrameBytes: Int
    /// How many bytes of a stream the sender of the preamble accepts before it grants more.
    package var streamWindowBytes: Int

    /// "MARTLNET".
    package static let magic: UInt64 = 0x4D41_5254_4C4E_4554
    package static let version: UInt16 = 1
    /// The size without the identity. Later versions of the protocol begin with as many bytes, magic and version at their
    /// places.
    /// - Units: bytes
    package static let fixedBytes = 20

    package init(role: ConnectionRole, identity: String, maxFrameBytes: Int, streamWindowBytes: Int) {
        self.role = role
        self.identity = identity
        self.maxFrameBytes = maxFrameBytes
        self.streamWindowBytes = streamWindowBytes
    }

    package func write(into buffer: inout ByteBuffer) {
        buffer.writeInteger(Self.magic)
        buffer.writeInteger(Self.version, endianness: .little)
        buffer.writeInteger(role.rawValue)
        buffer.writeInteger(UInt8(identity.utf8.count))
        buffer.writeInteger(UInt32(maxFrameBytes), endianness: .little)
        buffer.writeInteger(UInt32(streamWindowBytes), endianness: .little)
        buffer.writeString(identity)
    }

    /// Reads all but the identity.
    ///
    /// - Returns: the preamble, and the length of its identity.
    static func read(_ bytes: inout ByteBuffer) throws(ProtocolFault) -> (Preamble, identityBytes: Int) {
        guard let magic = bytes.readInteger(as: UInt64.self),
            let version = bytes.readInteger(endianness: .little, as: UInt16.self),
            let roleByte = bytes.readInteger(as: UInt8.self),
            let identityBytes = bytes.readInteger(as: UInt8.self),
            let maxFrameBytes = bytes.readInteger(endianness: .little, as: UInt32.self),
            let window = bytes.readInteger(endianness: .little, as: UInt32.self)
        else { preconditionFailure("a preamble is read when its \(fixedBytes) bytes are there") }
        guard magic == Self.magic else { throw .notMartlet }
        guard version == Self.version else { throw .version(theirs: version, ours: Self.version) }
        guard let role = ConnectionRole(rawValue: roleByte) else { throw .role(roleByte) }
        guard maxFrameBytes >= NetworkLimits.leastBytes, window >= NetworkLimits.leastBytes else {
            throw .limits(frameBytes: maxFrameBytes, windowBytes: window)
        }
        let preamble = Preamble(
            role: role, identity: "", maxFrameBytes: Int(maxFrameBytes), streamWindowBytes: Int(window))
        return (preamble, Int(identityBytes))
    }
}

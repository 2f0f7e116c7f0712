package import NIOCore

/// Splits incoming bytes into frames.
///
/// Nothing is allocated for bytes that have not arrived: a claimed length is compared with the limit and otherwise only counted
/// down. Chunks are passed on as they arrive, as slices of the input.
package struct FrameDecoder: Sendable {
    /// A decoded part of the input.
    package enum Part: Sendable, Equatable {
        case preamble(Preamble)
        /// A whole frame, of any kind but `chunk`.
        case frame(FrameKind, request: UInt64, [UInt8])
        /// A chunk begins.
        case chunk(request: UInt64, count: Int)
        /// Bytes of the chunk that began last.
        case chunkBytes(request: UInt64, ByteBuffer)
    }

    private enum Expected: Sendable {
        case preamble
        case identity(Preamble, Int)
        case header
        case body(FrameKind, request: UInt64, Int)
        case chunk(request: UInt64, rest: Int)
        /// The input was invalid: the rest of it means nothing.
        case nothing
    }

    private let maxFrameBytes: Int
    private var expected = Expected.preamble
    /// The beginning of the expected part, if it arrives in pieces. Never longer than that part.
    private var held: [UInt8] = []

    package init(maxFrameBytes: Int) { self.maxFrameBytes = maxFrameBytes }

    /// Bytes that wait for the rest of their frame.
    package var heldBytes: Int { held.count }

    /// The next part, removed from the front of `input`; nil if `input` is used up.
    package mutating func next(_ input: inout ByteBuffer) throws(ProtocolFault) -> Part? {
        do throws(ProtocolFault) {
            while true {
                switch expected {
                case .preamble:
                    guard let bytes = take(Preamble.fixedBytes, &input) else { return nil }
                    var reader = ByteBuffer(bytes: bytes)
                    let (preamble, identityBytes) = try Preamble.read(&reader)
                    expected = .identity(preamble, identityBytes)
                case .identity(var preamble, let count):
                    guard let bytes = take(count, &input) else { return nil }
                    preamble.identity = try text(bytes[...])
                    expected = .header
                    return .preamble(preamble)
                case .header:
                    guard let header = try readHeader(&input) else { return nil }
                    if header.kind == .chunk {
                        expected = .chunk(request: header.request, rest: header.count)
                        return .chunk(request: header.request, count: header.count)
                    }
                    expected = .body(header.kind, request: header.request, header.count)
                case .body(let kind, let request, let count):
                    guard let bytes = take(count, &input) else { return nil }
                    expected = .header
                    return .frame(kind, request: request, bytes)
                case .chunk(let request, let rest):
                    guard input.readableBytes > 0, let piece = input.readSlice(length: min(rest, input.readableBytes))
                    else { return nil }
                    let left = rest - piece.readableBytes
                    expected = left == 0 ? .header : .chunk(request: request, rest: left)
                    return .chunkBytes(request: request, piece)
                case .nothing:
                    return nil
                }
            }
        } catch {
            expected = .nothing
            held = []
            throw error
        }
    }

    /// `count` bytes; nil until they have all arrived.
    private mutating func take(_ count: Int, _ input: inout ByteBuffer) -> [UInt8]? {
        if held.isEmpty, input.readableBytes >= count { return input.readBytes(length: count) }
        let missing = count - held.count
        if let piece = input.readBytes(length: min(missing, input.readableBytes)) { held += piece }
        guard held.count == count else { return nil }
        defer { held = [] }
        return held
    }

    private mutating func readHeader(
        _ input: inout ByteBuffer
    ) throws(ProtocolFault) -> (kind: FrameKind, request: UInt64, count: Int)? {
        let fields: (UInt32, UInt32, UInt64)
        if held.isEmpty, input.readableBytes >= FrameKind.headerBytes {
            fields = input.readMultipleIntegers(endianness: .little)!
        } else {
            guard let bytes = take(FrameKind.headerBytes, &input) else { return nil }
            var reader = ByteBuffer(bytes: bytes)
            fields = reader.readMultipleIntegers(endianness: .little)!
        }
        let (count, kindWord, request) = fields
        guard let kind = FrameKind(rawValue: UInt8(truncatingIfNeeded: kindWord)) else {
            throw .unknownKind(UInt8(truncatingIfNeeded: kindWord))
        }
        guard kindWord >> 8 == 0 else { throw .reservedBytes }
        guard kind.hasRequest == (request != 0) else { throw .requestNumber(kind, request) }
        let allowed = kind.bodyBytes(maxFrameBytes: maxFrameBytes)
        guard allowed.contains(Int(count)) else { throw .length(kind, claimed: count, most: allowed.upperBound) }
        return (kind, request, Int(count))
    }
}

/// Decodes a text that arrived over the wire.
func text(_ bytes: ArraySlice<UInt8>) throws(ProtocolFault) -> String {
    guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText }
    return text
}

extension ByteBuffer {
    /// The header of a frame whose body follows.
    mutating func writeFrameHeader(_ kind: FrameKind, request: UInt64, count: Int) {
        writeMultipleIntegers(UInt32(count), UInt32(kind.rawValue), request, endianness: .little)
    }
}

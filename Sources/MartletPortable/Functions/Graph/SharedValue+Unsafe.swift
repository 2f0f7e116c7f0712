import CXXHash

// Relies on V1: the bytes no longer change.

/// Names content by 128 bits of XXH3.
public struct PortableHash: Hashable, Sendable, CustomStringConvertible {
    public var high: UInt64
    public var low: UInt64

    public init(high: UInt64, low: UInt64) { (self.high, self.low) = (high, low) }

    /// The hash of some bytes.
    public init(of bytes: UnsafeRawBufferPointer) {
        let hash = unsafe XXH3_128bits(bytes.baseAddress, bytes.count)
        self.init(high: hash.high64, low: hash.low64)
    }

    /// 32 hexadecimal digits.
    public var description: String { Self.digits(high) + Self.digits(low) }

    private static func digits(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// A large part of a graph, which travels by itself.
public final class SharedValue: Sendable {
    public let hash: PortableHash
    private let content: PortableBytes

    init(_ content: consuming PortableBytes) {
        hash = unsafe content.withUnsafeBytes { unsafe PortableHash(of: $0) }
        self.content = content
    }

    /// The number of bytes.
    public var count: Int { content.count }

    /// Calls `body` with the bytes, which stay where they are until it returns.
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result { try unsafe content.withUnsafeBytes(body) }

    /// A copy of its bytes.
    public var bytes: [UInt8] { unsafe withUnsafeBytes { unsafe Array($0) } }
}

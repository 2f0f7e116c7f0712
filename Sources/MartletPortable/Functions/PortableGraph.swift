/// A value with the functions and objects it refers to, as bytes that every process of the same program can read.
public struct PortableGraph: Sendable {
    /// Checked by a hash at their end when they are decoded.
    public var bytes: [UInt8]
    /// Large values, which `bytes` refer to by their hashes. Each is there once.
    public var blobs: [PortableBlob]

    public init(bytes: [UInt8], blobs: [PortableBlob]) { (self.bytes, self.blobs) = (bytes, blobs) }
}

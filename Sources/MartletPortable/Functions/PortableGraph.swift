/// A value with the functions and objects it refers to, as bytes that every process of the same program can read.
public struct PortableGraph: Sendable {
    /// Ends with a hash that decoding checks.
    public var bytes: [UInt8]
    /// Large values, each once, to which `bytes` refer by their hashes.
    public var sharedValues: [SharedValue]

    public init(bytes: [UInt8], sharedValues: [SharedValue]) { (self.bytes, self.sharedValues) = (bytes, sharedValues) }
}

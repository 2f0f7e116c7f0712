import MartletPortable

extension ElementType {
    /// - Throws: `PortableError`, with the path to what cannot be encoded.
    public func checkEncoding() throws { _ = try ValueCoder.of(type) }
}

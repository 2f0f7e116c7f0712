import MartletPortable

extension ElementType {
    /// - Throws: `PortableError`, with the path to the type that cannot be encoded.
    public func checkEncoding() throws { _ = try ValueCoder.of(type) }
}

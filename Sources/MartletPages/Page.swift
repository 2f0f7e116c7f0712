/// A page that was read and checked.
@safe public struct Page {
    public let header: PageHeader
    /// The decompressed content, which lives as long as the reader or decoder that gave it says.
    public let content: UnsafeRawBufferPointer

    init(header: PageHeader, content: UnsafeRawBufferPointer) {
        self.header = header
        unsafe self.content = content
    }
}

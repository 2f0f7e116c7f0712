// Unsafe: `content` is a region of the owner's buffer, or of a page that the caller lends: `withContent` keeps the owner.

/// A page that was read and checked. It is valid until the next call on the reader or decoder that returned it.
@safe public struct Page {
    public let header: PageHeader
    private let content: UnsafeRawBufferPointer
    /// The object whose buffer holds the content. Swift may release a reader after its last use.
    private var owner: AnyObject

    init(header: PageHeader, content: UnsafeRawBufferPointer, owner: AnyObject) {
        self.header = header
        unsafe self.content = content
        self.owner = owner
    }

    /// Lends the decompressed content for the call.
    public func withContent<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        defer { withExtendedLifetime(owner) {} }
        return unsafe try body(content)
    }

    /// The same page with another owner: a reader whose decoder returned the page, and whose buffer may hold its content.
    func owned(by owner: AnyObject) -> Page {
        var page = self
        page.owner = owner
        return page
    }
}

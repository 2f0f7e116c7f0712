/// An object that a writer has seen.
@safe
struct WrittenObject {
    enum Content {
        /// Allocated where it arrives, and filled when all others are.
        case parts([ObjectPart])
        /// Made from its bytes, which are those of a value that consists of the object.
        case whole(any ValueNode)
        /// All of it stands in its header.
        case header
    }

    let address: UnsafeRawPointer
    let content: Content
    /// The object in which it was seen first, or -1, and where in it.
    let parent: Int
    let place: String

    /// How an object begins.
    enum Header: UInt8 { case box, instance, whole, constant, keyPath }
}

extension PortableBytes {
    mutating func append(_ header: WrittenObject.Header) { append(length: Int(header.rawValue)) }
}

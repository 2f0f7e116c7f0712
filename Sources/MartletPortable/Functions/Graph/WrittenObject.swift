/// An object that a writer has seen.
@safe
struct WrittenObject {
    enum Content {
        /// The reader allocates it, and fills it once all other objects are allocated.
        case parts([ObjectPart])
        /// Made from its bytes, which encode a value that consists of the object.
        case whole(any ValueNode)
        /// Its header holds all of it.
        case header
    }

    let address: UnsafeRawPointer
    let content: Content
    /// The object that refers to it first, or -1, and the place of the reference there.
    let parent: Int
    let place: String

    /// The first byte of an object's header.
    enum Header: UInt8 { case box, instance, whole, constant, keyPath }
}

extension PortableBytes {
    mutating func append(_ header: WrittenObject.Header) { append(length: Int(header.rawValue)) }
}

/// A tree that is being encoded.
final class TreeBuilder {
    private enum Content {
        case nothing
        case leaf(CodedTree)
        case bytes
        case list([TreeBuilder])
        case keyed([(key: String, value: TreeBuilder)])
    }

    private var content = Content.nothing
    /// Kept outside of `content`, so that it grows in place in debug builds too.
    private var bytes: [UInt8] = []

    func set(_ leaf: CodedTree) { content = .leaf(leaf) }

    func beginList() {
        if case .nothing = content { content = .list([]) }
    }

    func beginKeyed() {
        if case .nothing = content { content = .keyed([]) }
    }

    var count: Int {
        switch content {
        case .bytes: bytes.count
        case .list(let elements): elements.count
        default: 0
        }
    }

    /// Adds an element to the list.
    func append(_ element: TreeBuilder) {
        guard case .list(var elements) = content else {
            content = .list(elementsOfBytes + [element])
            return
        }
        content = .nothing
        elements.append(element)
        content = .list(elements)
    }

    /// Adds a byte to the list, which is stored as bytes until it has another element.
    func append(byte: UInt8) {
        switch content {
        case .bytes: bytes.append(byte)
        case .list(let elements) where elements.isEmpty:
            bytes = [byte]
            content = .bytes
        default: append(TreeBuilder(.natural(UInt64(byte))))
        }
    }

    func insert(_ key: String, _ value: TreeBuilder) {
        guard case .keyed(var entries) = content else { return }
        content = .nothing
        entries.append((key, value))
        content = .keyed(entries)
    }

    init() {}

    private init(_ leaf: CodedTree) { content = .leaf(leaf) }

    private var elementsOfBytes: [TreeBuilder] {
        guard case .bytes = content else { return [] }
        return bytes.map { TreeBuilder(.natural(UInt64($0))) }
    }

    /// The encoded tree; a value that encodes nothing becomes an empty keyed tree, as with other encoders.
    var tree: CodedTree {
        switch content {
        case .nothing: .keyed([])
        case .leaf(let leaf): leaf
        case .bytes: .bytes(bytes)
        case .list(let elements): .list(elements.map(\.tree))
        case .keyed(let entries): .keyed(entries.map { CodedEntry(key: $0.key, value: $0.value.tree) })
        }
    }
}

/// The encoded form of a `Codable` value. Trees are encoded as other values are.
enum CodedTree: Sendable {
    case null
    case flag(Bool)
    case integer(Int64)
    case natural(UInt64)
    case float(Float)
    case double(Double)
    case text(String)
    /// A list of `UInt8`, such as `Data`.
    case bytes([UInt8])
    case list([CodedTree])
    case keyed([CodedEntry])

    /// The coder of trees, made once.
    static let node = Result { () throws(PortableError) in
        var compiler = NodeCompiler()
        return try compiler.node(CodedTree.self, "Codable")
    }
}

struct CodedEntry: Sendable {
    let key: String
    let value: CodedTree
}

/// A value that is encoded as a leaf of a tree.
protocol TreeLeaf {
    init?(tree: CodedTree)
    var tree: CodedTree { get }
}

extension TreeLeaf where Self: FixedWidthInteger {
    init?(tree: CodedTree) {
        switch tree {
        case .integer(let value): self.init(exactly: value)
        case .natural(let value): self.init(exactly: value)
        default: return nil
        }
    }

    var tree: CodedTree { Self.isSigned ? .integer(Int64(self)) : .natural(UInt64(self)) }
}

extension Int: TreeLeaf {}
extension Int8: TreeLeaf {}
extension Int16: TreeLeaf {}
extension Int32: TreeLeaf {}
extension Int64: TreeLeaf {}
extension UInt: TreeLeaf {}
extension UInt8: TreeLeaf {}
extension UInt16: TreeLeaf {}
extension UInt32: TreeLeaf {}
extension UInt64: TreeLeaf {}

extension Bool: TreeLeaf {
    init?(tree: CodedTree) {
        guard case .flag(let value) = tree else { return nil }
        self = value
    }

    var tree: CodedTree { .flag(self) }
}

extension Float: TreeLeaf {
    init?(tree: CodedTree) {
        guard case .float(let value) = tree else { return nil }
        self = value
    }

    var tree: CodedTree { .float(self) }
}

extension Double: TreeLeaf {
    init?(tree: CodedTree) {
        guard case .double(let value) = tree else { return nil }
        self = value
    }

    var tree: CodedTree { .double(self) }
}

extension String: TreeLeaf {
    init?(tree: CodedTree) {
        guard case .text(let value) = tree else { return nil }
        self = value
    }

    var tree: CodedTree { .text(self) }
}

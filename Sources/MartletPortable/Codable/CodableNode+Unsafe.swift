// Relies on V3 and V6.

func codableNode(_ type: any (Decodable & Encodable).Type) throws(PortableError) -> any ValueNode {
    func make<Value: Codable>(_ type: Value.Type, _ tree: any ValueNode) -> any ValueNode { CodableNode<Value>(tree) }
    return make(type, try CodedTree.node.get())
}

/// Values that encode themselves, as trees.
final class CodableNode<Value: Codable>: ValueNode {
    let facts: NodeFacts
    private let tree: any ValueNode

    init(_ tree: any ValueNode) {
        self.tree = tree
        let hash = StructureHash.of("Codable \(name(of: Value.self))")
        facts = NodeFacts(Value.self, minimumBytes: tree.facts.minimumBytes, hash: hash)
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        for index in 0..<count {
            let value = unsafe (source + index * stride).assumingMemoryBound(to: Value.self).pointee
            let encoded: CodedTree
            do {
                encoded = try TreeEncoder.tree(of: value)
            } catch {
                throw .codable(type: name(of: Value.self), cause: error)
            }
            let place = UnsafeMutablePointer<CodedTree>.allocate(capacity: 1)
            unsafe place.initialize(to: encoded)
            defer {
                unsafe place.deinitialize(count: 1)
                unsafe place.deallocate()
            }
            try unsafe tree.encode(place, stride: MemoryLayout<CodedTree>.stride, count: 1, into: &bytes)
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        try unsafe decodeEach(&reader, to: target, stride: stride, count: count) {
            (reader, place) throws(PortableError) in
            let encoded = UnsafeMutablePointer<CodedTree>.allocate(capacity: 1)
            defer { unsafe encoded.deallocate() }
            try unsafe tree.decode(&reader, to: encoded, stride: MemoryLayout<CodedTree>.stride, count: 1)
            let decoder = TreeDecoder(tree: unsafe encoded.move(), codingPath: [])
            do {
                let value = try decoder.value(Value.self)
                unsafe place.assumingMemoryBound(to: Value.self).initialize(to: value)
            } catch {
                throw PortableError.codable(type: name(of: Value.self), cause: error)
            }
        }
    }

    /// Only the type itself knows the memory that it refers to, and objects are often shared: each counts a small guess.
    /// `Data` and other collections with random access know their number of elements.
    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        if isFlat { return 0 }
        if let holder = Value.self as? any HeapHolder.Type {
            return (0..<count).reduce(0) { unsafe $0 + holder.heapBytes(at: source + $1 * stride) }
        }
        var bytes = Double(count) * HeapBlock.objectBytes
        guard let elements = Value.self as? any RandomAccessCollection.Type else { return bytes }
        for index in 0..<count { unsafe bytes += elements.elementBytes(of: source + index * stride) }
        return bytes
    }
}

extension HeapHolder {
    fileprivate static func heapBytes(at place: UnsafeRawPointer) -> Double {
        unsafe Double(place.assumingMemoryBound(to: Self.self).pointee.heapBytes)
    }
}

extension RandomAccessCollection {
    /// - Returns: the memory of the elements of the collection at `place`, without the memory that they refer to.
    fileprivate static func elementBytes(of place: UnsafeRawPointer) -> Double {
        unsafe Double(place.assumingMemoryBound(to: Self.self).pointee.count * MemoryLayout<Element>.stride)
    }
}

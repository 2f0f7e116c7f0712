// Relies on V3 and V6.

/// A generic type that makes its own node from its parameters.
protocol NodeShape {
    static func node(_ compiler: inout NodeCompiler, _ path: String) throws(PortableError) -> any ValueNode
}

extension Set: NodeShape {
    static func node(_ compiler: inout NodeCompiler, _ path: String) throws(PortableError) -> any ValueNode {
        SetNode<Element>(try compiler.key(Element.self, path + ".element"))
    }
}

extension Dictionary: NodeShape {
    static func node(_ compiler: inout NodeCompiler, _ path: String) throws(PortableError) -> any ValueNode {
        DictionaryNode<Key, Value>(
            try compiler.key(Key.self, path + ".key"), try compiler.node(Value.self, path + ".value"))
    }
}

/// Sets: their elements, in an order that differs between processes.
final class SetNode<Element: Hashable>: ValueNode {
    let facts: NodeFacts
    private let element: any ValueNode

    init(_ element: any ValueNode) {
        self.element = element
        facts = NodeFacts(Set<Element>.self, minimumBytes: 1, hash: StructureHash.of("set", element.facts.hash))
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        for index in 0..<count {
            let set = unsafe (source + index * stride).assumingMemoryBound(to: Set<Element>.self).pointee
            let elements = ContiguousArray(set)
            try element.encodeAll(elements, into: &bytes)
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        try unsafe decodeEach(&reader, to: target, stride: stride, count: count) {
            (reader, place) throws(PortableError) in
            let elements = try element.decodeAll(&reader, of: Element.self)
            let set = Set(elements)
            guard set.count == elements.count else { throw reader.damaged("an element of a set twice") }
            unsafe place.assumingMemoryBound(to: Set<Element>.self).initialize(to: set)
        }
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        let (elementStride, isFlat) = (element.facts.witnesses.stride, element.isFlat)
        var bytes = 0.0
        for index in 0..<count {
            let set = unsafe (source + index * stride).assumingMemoryBound(to: Set<Element>.self).pointee
            bytes += HeapBlock.tableBytes(capacity: set.capacity, elementStride)
            if isFlat { continue }
            bytes += visit.sampledEntries(of: set) { element.heapBytes(of: $0, &$1) }
        }
        return bytes
    }

    var lookCost: Int { 40 }

    func growth(_ value: UnsafeRawPointer, adding added: Int) -> Double {
        let set = unsafe value.assumingMemoryBound(to: Set<Element>.self).pointee
        return HeapBlock.tableGrowth(set.count, set.capacity, adding: added, element.facts.witnesses.stride)
    }
}

/// Dictionaries: their keys, in an order that differs between processes, then their values.
final class DictionaryNode<Key: Hashable, Value>: ValueNode {
    let facts: NodeFacts
    private let key: any ValueNode
    private let value: any ValueNode

    init(_ key: any ValueNode, _ value: any ValueNode) {
        self.key = key
        self.value = value
        facts = NodeFacts(
            [Key: Value].self, minimumBytes: 2,
            hash: StructureHash.of("dictionary", key.facts.hash, value.facts.hash))
    }

    func encode(
        _ source: UnsafeRawPointer, stride: Int, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        for index in 0..<count {
            let dictionary = unsafe (source + index * stride).assumingMemoryBound(to: [Key: Value].self).pointee
            try key.encodeAll(ContiguousArray(dictionary.keys), into: &bytes)
            try value.encodeAll(ContiguousArray(dictionary.values), into: &bytes)
        }
    }

    func decode(
        _ reader: inout ByteReader, to target: UnsafeMutableRawPointer, stride: Int, count: Int
    ) throws(PortableError) {
        try unsafe decodeEach(&reader, to: target, stride: stride, count: count) {
            (reader, place) throws(PortableError) in
            let keys = try key.decodeAll(&reader, of: Key.self)
            let values = try value.decodeAll(&reader, of: Value.self)
            guard keys.count == values.count else {
                throw reader.damaged("\(keys.count) keys with \(values.count) values")
            }
            var dictionary = [Key: Value](minimumCapacity: keys.count)
            for index in keys.indices {
                guard dictionary.updateValue(values[index], forKey: keys[index]) == nil else {
                    throw reader.damaged("a key of a dictionary twice")
                }
            }
            unsafe place.assumingMemoryBound(to: [Key: Value].self).initialize(to: dictionary)
        }
    }

    func heapBytes(_ source: UnsafeRawPointer, stride: Int, count: Int, _ visit: inout HeapVisit) -> Double {
        let strides = key.facts.witnesses.stride + value.facts.witnesses.stride
        let isFlat = key.isFlat && value.isFlat
        var bytes = 0.0
        for index in 0..<count {
            let dictionary = unsafe (source + index * stride).assumingMemoryBound(to: [Key: Value].self).pointee
            bytes += HeapBlock.tableBytes(capacity: dictionary.capacity, strides)
            if isFlat { continue }
            bytes += visit.sampledEntries(of: dictionary) {
                key.heapBytes(of: $0.key, &$1) + value.heapBytes(of: $0.value, &$1)
            }
        }
        return bytes
    }

    var lookCost: Int { 40 }

    func growth(_ value: UnsafeRawPointer, adding added: Int) -> Double {
        let dictionary = unsafe value.assumingMemoryBound(to: [Key: Value].self).pointee
        let strides = key.facts.witnesses.stride + self.value.facts.witnesses.stride
        return HeapBlock.tableGrowth(dictionary.count, dictionary.capacity, adding: added, strides)
    }
}

extension ValueNode {
    fileprivate func encodeAll<Element>(
        _ elements: ContiguousArray<Element>, into bytes: inout PortableBytes
    ) throws(PortableError) {
        var failure: PortableError?
        unsafe elements.withElements { start, count in
            do throws(PortableError) {
                try unsafe encodeElements(start, count: count, into: &bytes)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }

    fileprivate func decodeAll<Element>(
        _ reader: inout ByteReader, of type: Element.Type
    ) throws(PortableError) -> ContiguousArray<Element> {
        let count = try decodeElementCount(&reader)
        if count == 0 { return [] }
        var failure: PortableError?
        let elements = unsafe ContiguousArray<Element>.make(count: count) { start in
            do throws(PortableError) {
                try unsafe decode(&reader, to: start, stride: facts.witnesses.stride, count: count)
                return count
            } catch {
                failure = error
                return 0
            }
        }
        if let failure { throw failure }
        return elements
    }
}

/// Decodes a tree for `init(from:)`.
struct TreeDecoder: Decoder {
    let tree: CodedTree
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func value<Value: Decodable>(_ type: Value.Type) throws -> Value {
        guard let leaf = type as? any TreeLeaf.Type else { return try Value(from: self) }
        guard let value = leaf.init(tree: tree) as? Value else { throw mismatch(type) }
        return value
    }

    func mismatch(_ type: Any.Type) -> DecodingError {
        .typeMismatch(type, .init(codingPath: codingPath, debugDescription: "The tree has something else here."))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard case .keyed(let entries) = tree else { throw mismatch(type) }
        let values = Dictionary(entries.map { ($0.key, $0.value) }) { _, last in last }
        return KeyedDecodingContainer(Keyed<Key>(values: values, codingPath: codingPath))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        switch tree {
        case .bytes(let bytes): Unkeyed(elements: [], bytes: bytes, codingPath: codingPath)
        case .list(let elements): Unkeyed(elements: elements, bytes: [], codingPath: codingPath)
        default: throw mismatch([Any].self)
        }
    }

    func singleValueContainer() -> any SingleValueDecodingContainer { Single(decoder: self) }

    private struct Keyed<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let values: [String: CodedTree]
        let codingPath: [any CodingKey]

        var allKeys: [Key] { values.keys.sorted().compactMap { Key(stringValue: $0) } }
        func contains(_ key: Key) -> Bool { values[key.stringValue] != nil }

        private func part(_ key: any CodingKey) throws -> TreeDecoder {
            guard let tree = values[key.stringValue] else {
                throw DecodingError.keyNotFound(
                    key, .init(codingPath: codingPath, debugDescription: "The tree has no such key."))
            }
            return TreeDecoder(tree: tree, codingPath: codingPath + [key])
        }

        func decodeNil(forKey key: Key) throws -> Bool { try part(key).singleValueContainer().decodeNil() }
        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            try part(key).value(type)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> { try part(key).container(keyedBy: type) }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try part(key).unkeyedContainer()
        }

        func superDecoder() throws -> any Decoder { try part(TreeKey.super) }
        func superDecoder(forKey key: Key) throws -> any Decoder { try part(key) }
    }

    private struct Unkeyed: UnkeyedDecodingContainer {
        let elements: [CodedTree]
        let bytes: [UInt8]
        let codingPath: [any CodingKey]
        private(set) var currentIndex = 0

        var count: Int? { elements.count + bytes.count }
        var isAtEnd: Bool { currentIndex == elements.count + bytes.count }

        private mutating func part<Value>(_ type: Value.Type) throws -> TreeDecoder {
            let decoder = try current(type)
            currentIndex += 1
            return decoder
        }

        private func current(_ type: Any.Type) throws -> TreeDecoder {
            let path = codingPath + [TreeKey(intValue: currentIndex)]
            guard !isAtEnd else {
                throw DecodingError.valueNotFound(type, .init(codingPath: path, debugDescription: "The list ends here."))
            }
            let tree = bytes.isEmpty ? elements[currentIndex] : .natural(UInt64(bytes[currentIndex]))
            return TreeDecoder(tree: tree, codingPath: path)
        }

        mutating func decodeNil() throws -> Bool {
            guard case .null = try current(Any?.self).tree else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode(_ type: UInt8.Type) throws -> UInt8 {
            guard !bytes.isEmpty, !isAtEnd else { return try part(type).value(type) }
            currentIndex += 1
            return bytes[currentIndex - 1]
        }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value {
            let value = try current(type).value(type)
            currentIndex += 1
            return value
        }

        mutating func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type
        ) throws -> KeyedDecodingContainer<Nested> { try part(type).container(keyedBy: type) }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
            try part([Any].self).unkeyedContainer()
        }

        mutating func superDecoder() throws -> any Decoder { try part(Any.self) }
    }

    private struct Single: SingleValueDecodingContainer {
        let decoder: TreeDecoder
        var codingPath: [any CodingKey] { decoder.codingPath }

        func decodeNil() -> Bool {
            if case .null = decoder.tree { true } else { false }
        }

        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try decoder.value(type) }
    }
}

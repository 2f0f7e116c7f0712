/// Makes a tree from the calls of `encode(to:)`.
struct TreeEncoder: Encoder {
    let builder: TreeBuilder
    let codingPath: [any CodingKey]
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    static func tree(of value: some Encodable) throws -> CodedTree {
        let encoder = TreeEncoder(builder: TreeBuilder(), codingPath: [])
        try encoder.add(value)
        return encoder.builder.tree
    }

    /// The encoder of a part.
    func part(_ key: any CodingKey) -> TreeEncoder {
        TreeEncoder(builder: TreeBuilder(), codingPath: codingPath + [key])
    }

    func add<Value: Encodable>(_ value: Value) throws {
        if let leaf = value as? any TreeLeaf { return builder.set(leaf.tree) }
        guard codingPath.count < LaterNode.depthLimit else {
            throw problem(value, "It is nested more than \(LaterNode.depthLimit) deep.")
        }
        // It would be decoded as its declared type.
        guard type(of: value) == Value.self else {
            throw problem(value, "A \(name(of: type(of: value))) stands where a \(name(of: Value.self)) is declared.")
        }
        try value.encode(to: self)
    }

    private func problem(_ value: Any, _ text: String) -> EncodingError {
        .invalidValue(value, .init(codingPath: codingPath, debugDescription: text))
    }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        builder.beginKeyed()
        return KeyedEncodingContainer(Keyed<Key>(encoder: self))
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        builder.beginList()
        return Unkeyed(encoder: self)
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { Single(encoder: self) }

    private struct Keyed<Key: CodingKey>: KeyedEncodingContainerProtocol {
        let encoder: TreeEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        private func part(_ key: any CodingKey) -> TreeEncoder {
            let part = encoder.part(key)
            encoder.builder.insert(key.stringValue, part.builder)
            return part
        }

        func encodeNil(forKey key: Key) { part(key).builder.set(.null) }
        func encode<Value: Encodable>(_ value: Value, forKey key: Key) throws { try part(key).add(value) }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) -> KeyedEncodingContainer<Nested> { part(key).container(keyedBy: type) }

        func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { part(key).unkeyedContainer() }
        func superEncoder() -> any Encoder { part(TreeKey.super) }
        func superEncoder(forKey key: Key) -> any Encoder { part(key) }
    }

    private struct Unkeyed: UnkeyedEncodingContainer {
        let encoder: TreeEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }
        var count: Int { encoder.builder.count }

        private func part() -> TreeEncoder {
            let part = encoder.part(TreeKey(intValue: count))
            encoder.builder.append(part.builder)
            return part
        }

        func encodeNil() { part().builder.set(.null) }
        func encode(_ value: UInt8) { encoder.builder.append(byte: value) }
        func encode<Value: Encodable>(_ value: Value) throws { try part().add(value) }

        func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
            part().container(keyedBy: type)
        }

        func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer { part().unkeyedContainer() }
        func superEncoder() -> any Encoder { part() }
    }

    private struct Single: SingleValueEncodingContainer {
        let encoder: TreeEncoder
        var codingPath: [any CodingKey] { encoder.codingPath }

        func encodeNil() { encoder.builder.set(.null) }
        func encode<Value: Encodable>(_ value: Value) throws { try encoder.add(value) }
    }
}

/// The key of a list's element, or of the part that a class's superclass encodes.
struct TreeKey: CodingKey {
    let stringValue: String
    let intValue: Int?

    static let `super` = TreeKey(stringValue: "super")

    init(stringValue: String) { (self.stringValue, intValue) = (stringValue, nil) }
    init(intValue: Int) { (stringValue, self.intValue) = ("\(intValue)", intValue) }
}

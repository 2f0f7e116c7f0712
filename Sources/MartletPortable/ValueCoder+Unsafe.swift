import Synchronization

// Relies on V2, V3 and V6. The duties of callers are documented at each function.

/// Encodes values of one type. Made once per type from the runtime's description of it; safe to share.
///
///     import MartletPortable
///
///     let coder = try ValueCoder.of((String, Int).self)
///     let bytes = try coder.bytes(of: [("one", 1), ("two", 2)])
///     try coder.values(of: (String, Int).self, count: 2, in: bytes)   // [("one", 1), ("two", 2)]
///
/// It encodes numbers, `Bool`, text, arrays, sets, dictionaries, optionals and tuples; structs and enums by their stored
/// properties and payloads, including private ones; and all other `Codable` types, such as classes. Types that mean nothing
/// in another process (pointers, functions, weak references) are refused, and so are existentials.
///
/// - Shape: a batch is written by columns: first one field of all values, then the next. See ARCHITECTURE.md, "Values as
///   bytes". Sets and dictionaries are written in their own order, which differs between processes; all other values give
///   the same bytes in every process of the same binary.
public final class ValueCoder: Sendable {
    /// For error messages.
    public let typeName: String
    /// A hash of the names and kinds of all parts of the type, equal in every process of the same binary.
    public let layoutHash: UInt64
    /// Values are plain bits without padding, and every pattern is a value: their encoding is their memory.
    public let isBitwise: Bool
    let node: any ValueNode
    let type: ObjectIdentifier

    /// All coders, for the lifetime of the process.
    private static let coders = Mutex<[ObjectIdentifier: ValueCoder]>([:])
    private static let recent = RecentCoders()

    /// The coder of `type`, the same one for every call.
    ///
    /// - Throws: `PortableError.unsupported`, with the path to the type that cannot be encoded.
    public static func of(_ type: Any.Type) throws(PortableError) -> ValueCoder {
        let id = ObjectIdentifier(type)
        if let known = recent.coder(of: id) { return known }
        let known = coders.withLock { $0[id] }
        let made = if let known { known } else { try ValueCoder(type) }
        let coder = coders.withLock { coders in
            if let known = coders[id] { return known }
            coders[id] = made
            return made
        }
        recent.publish(coder)
        return coder
    }

    private init(_ type: Any.Type) throws(PortableError) {
        typeName = name(of: type)
        self.type = ObjectIdentifier(type)
        var compiler = NodeCompiler()
        node = try compiler.node(type, typeName)
        let witnesses = node.facts.witnesses
        layoutHash = StructureHash.of("value 1", node.facts.hash, UInt64(witnesses.stride))
        isBitwise = (node as? BitsNode)?.size == witnesses.stride
    }

    /// Appends `count` values that lie one after the other at `source`, at the stride of the type. They are only read.
    ///
    /// - Throws: `PortableError` for a value without an encoding; `bytes` is then unchanged.
    public func encode(
        _ source: UnsafeRawPointer, count: Int, into bytes: inout PortableBytes
    ) throws(PortableError) {
        let before = bytes.count
        do throws(PortableError) {
            try unsafe node.encode(source, stride: node.facts.witnesses.stride, count: count, into: &bytes)
        } catch {
            bytes.truncate(to: before)
            throw error
        }
    }

    /// Initialises `count` values at `target`, or throws and leaves none initialised. Reads nothing outside of `bytes`, and
    /// trusts no value in them.
    ///
    /// - Returns: the number of bytes read.
    /// - Throws: `PortableError.damaged` or `.codable`.
    public func decode(
        _ bytes: UnsafeRawBufferPointer, count: Int, to target: UnsafeMutableRawPointer
    ) throws(PortableError) -> Int {
        var reader = unsafe ByteReader(bytes, type: typeName)
        try unsafe node.decode(&reader, to: target, stride: node.facts.witnesses.stride, count: count)
        return reader.position
    }
}

extension ValueCoder {
    /// Encodes into an array; `encode` into `PortableBytes` saves a copy.
    public func encode(_ source: UnsafeRawPointer, count: Int, into bytes: inout [UInt8]) throws(PortableError) {
        var encoded = PortableBytes()
        try unsafe encode(source, count: count, into: &encoded)
        unsafe encoded.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// The bytes of `values`, whose type must be that of the coder.
    ///
    ///     import MartletPortable
    ///
    ///     try ValueCoder.of(String.self).bytes(of: ["a", "bc"])   // [1, 97, 2, 98, 99]
    public func bytes<Value>(of values: [Value]) throws(PortableError) -> [UInt8] {
        try check(Value.self)
        var bytes: [UInt8] = []
        var failure: PortableError?
        unsafe values.withUnsafeBufferPointer { values in
            guard let start = values.baseAddress else { return }
            do throws(PortableError) {
                try unsafe encode(UnsafeRawPointer(start), count: values.count, into: &bytes)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// The `count` values that were encoded by `bytes(of:)`.
    ///
    ///     import MartletPortable
    ///
    ///     try ValueCoder.of(Int8.self).values(of: Int8.self, count: 2, in: [7, 255])   // [7, -1]
    ///     try ValueCoder.of(Int8.self).values(of: Int8.self, count: 3, in: [7, 255])   // throws PortableError
    public func values<Value>(of type: Value.Type, count: Int, in bytes: [UInt8]) throws(PortableError) -> [Value] {
        try check(type)
        guard count > 0 else { return [] }
        // Checked before memory is allocated: `count` may be as hostile as the bytes.
        let minimum = node.facts.minimumBytes
        guard minimum == 0 || count <= bytes.count / minimum else {
            let problem = "\(count) values should follow, in \(bytes.count) bytes"
            throw .damaged(type: typeName, position: 0, problem: problem)
        }
        var failure: PortableError?
        let values = unsafe [Value](unsafeUninitializedCapacity: count) { values, made in
            do throws(PortableError) {
                let start = UnsafeMutableRawPointer(values.baseAddress!)
                try unsafe decode(bytes, count: count, to: start)
                made = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return values
    }

    private func decode(_ bytes: [UInt8], count: Int, to start: UnsafeMutableRawPointer) throws(PortableError) {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(PortableError) in try unsafe decode(bytes, count: count, to: start) }
        }
        _ = try result.get()
    }

    private func check(_ type: Any.Type) throws(PortableError) {
        guard try ValueCoder.of(type) === self else {
            throw .unencodable(type: name(of: type), problem: "the coder is that of \(typeName)")
        }
    }
}

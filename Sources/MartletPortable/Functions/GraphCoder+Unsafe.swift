import CXXHash

// Relies on V2, V3 and V10.

/// Encodes values with functions and objects in them, for another process of the same program.
///
///     import MartletPortable
///
///     let factor = 3
///     let triple: (Int) -> Int = { $0 * factor }
///     let graph = try GraphCoder.encode(triple)
///     try GraphCoder.decode(((Int) -> Int).self, from: graph)(5)   // 15
///
/// Values that a `ValueCoder` can encode are encoded by it. Beyond these: closures with their captures, functions, methods
/// and operators; key paths; instances of `PortableObject`, `PortableHandle` and `Codable` classes; `any P` by the type of
/// its value. An object that is referred to at several places arrives as one. A value that cannot travel is refused, with
/// the path to it.
///
/// Only decode bytes from a sender that may run code here: they determine which functions are called.
///
/// - Shape: "MPG1", tables of images, types and witness tables, shapes of closures, objects; the lengths of all bodies, the
///   bodies, and 64 bits of XXH3 of everything before.
public enum GraphCoder {
    static let magic: UInt32 = 0x3147_504D

    /// - Throws: `PortableError`, with the path to the value that cannot travel.
    public static func encode<Root>(
        _ root: Root, in session: PortableSession = PortableSession()
    ) throws(PortableError) -> PortableGraph {
        let writer = GraphWriter(session, isChecking: false)
        var bodies = PortableBytes()
        let type = try writer.facts.required(Root.self)
        let lengths = try write(root, writer, into: &bodies)
        var bytes = PortableBytes(capacity: bodies.count + writer.facts.forms.count + writer.headers.count + 256)
        unsafe bytes.extend(4).storeBytes(of: magic, as: UInt32.self)
        bytes.append(length: writer.facts.images.count)
        for image in writer.facts.images {
            bytes.append(text: image.name)
            unsafe bytes.extend(8).storeBytes(of: image.identity, as: UInt64.self)
        }
        bytes.append(length: writer.facts.count)
        bytes.append(writer.facts.forms)
        bytes.append(length: writer.shapeCount)
        bytes.append(writer.shapes)
        bytes.append(length: writer.objects.count)
        bytes.append(writer.headers)
        bytes.append(length: type)
        for length in lengths { bytes.append(length: length) }
        bytes.append(bodies)
        let hash = unsafe bytes.withUnsafeBytes { unsafe XXH3_64bits($0.baseAddress, $0.count) }
        unsafe bytes.extend(8).storeBytes(of: hash, as: UInt64.self)
        return PortableGraph(
            bytes: unsafe bytes.withUnsafeBytes { unsafe Array($0) }, sharedValues: writer.sharedValues.sharedValues)
    }

    /// Checks whether everything in a graph can travel, without encoding large values.
    ///
    /// - Throws: the errors that `encode` would throw for functions, types and objects.
    public static func check<Root>(
        _ root: Root, in session: PortableSession = PortableSession()
    ) throws(PortableError) {
        let writer = GraphWriter(session, isChecking: true)
        var bytes = PortableBytes()
        _ = try write(root, writer, into: &bytes)
    }

    /// Checks whether values of a type can travel, as far as the type tells.
    package static func check(type: Any.Type) throws(PortableError) { _ = try GraphNodes.node(type) }

    private static func write<Root>(
        _ root: Root, _ writer: GraphWriter, into bytes: inout PortableBytes
    ) throws(PortableError) -> [Int] {
        let isFunction = TypeMetadata(Root.self).kind == .function
        let path = isFunction ? "" : name(of: Root.self)
        let node: any ValueNode
        do throws(PortableError) {
            node = try GraphNodes.node(Root.self)
        } catch {
            throw error.at(path)
        }
        let place = UnsafeMutablePointer<Root>.allocate(capacity: 1)
        unsafe place.initialize(to: root)
        defer {
            unsafe place.deinitialize(count: 1)
            unsafe place.deallocate()
        }
        return try unsafe writer.encode(place, node, path, into: &bytes)
    }

    /// Decodes the value that was passed to `encode`.
    ///
    /// - Parameter shared values: returns the parts that travel by themselves, by their hashes. Its results are trusted to have the
    ///   hash.
    /// - Throws: `PortableError`; then nothing that was decoded is left.
    public static func decode<Root>(
        _ type: Root.Type, from bytes: UnsafeRawBufferPointer,
        sharedValues: (PortableHash) throws -> [UInt8], in session: PortableSession = PortableSession()
    ) throws(PortableError) -> Root {
        var reader = unsafe ByteReader(bytes, type: "graph")
        guard bytes.count >= 12 else { throw reader.damaged("\(bytes.count) bytes are too few") }
        let end = bytes.count - 8
        let expected = unsafe bytes.loadUnaligned(fromByteOffset: end, as: UInt64.self)
        guard unsafe XXH3_64bits(bytes.baseAddress, end) == expected else {
            throw reader.damaged("the checksum does not match")
        }
        reader = reader.part(from: 0, to: end)
        return try decode(type, &reader, sharedValues, session)
    }

    /// Decodes bytes whose checksum has been verified.
    static func decode<Root>(
        _ type: Root.Type, _ reader: inout ByteReader, _ sharedValues: (PortableHash) throws -> [UInt8],
        _ session: PortableSession
    ) throws(PortableError) -> Root {
        guard try unsafe reader.take(4).loadUnaligned(as: UInt32.self) == magic else {
            throw reader.damaged("no graph, or one of another version")
        }
        let node = try GraphNodes.node(type)
        let place = UnsafeMutablePointer<Root>.allocate(capacity: 1)
        defer { unsafe place.deallocate() }
        var failure: PortableError?
        withoutActuallyEscaping(sharedValues) { sharedValues in
            do throws(PortableError) {
                let graph = try GraphReader(&reader, session, sharedValues)
                let found = try graph.facts.type(&reader)
                guard found == type else { throw reader.damaged("it is a \(name(of: found))") }
                var lengths: [Int] = []
                for _ in 0...graph.objectCount { lengths.append(try reader.length()) }
                try unsafe graph.decode(&reader, lengths: lengths, node, to: place)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return unsafe place.move()
    }
}

extension GraphCoder {
    /// As the other `decode`.
    public static func decode<Root>(
        _ type: Root.Type, from bytes: [UInt8], sharedValues: (PortableHash) throws -> [UInt8],
        in session: PortableSession = PortableSession()
    ) throws(PortableError) -> Root {
        let result = unsafe bytes.withUnsafeBytes { bytes in
            Result { () throws(PortableError) in
                try unsafe decode(type, from: bytes, sharedValues: sharedValues, in: session)
            }
        }
        return try result.get()
    }

    /// Decodes a graph that includes its parts.
    public static func decode<Root>(
        _ type: Root.Type, from graph: PortableGraph, in session: PortableSession = PortableSession()
    ) throws(PortableError) -> Root {
        try decode(
            type, from: graph.bytes,
            sharedValues: { hash in
                guard let sharedValue = graph.sharedValues.first(where: { $0.hash == hash }) else { throw MissingSharedValue() }
                return sharedValue.bytes
            }, in: session)
    }
}

/// A graph arrived without one of its parts.
struct MissingSharedValue: Error, CustomStringConvertible {
    var description: String { "it did not come with the graph" }
}

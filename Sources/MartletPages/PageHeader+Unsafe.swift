// Unsafe: every access is inside the first `byteCount` bytes of a region whose size is checked first.

extension PageHeader {
    private static let magic: UInt32 = 0x6761_504D
    private static let sealedBytes = 56

    /// Reads a header and checks all of it: magic, version, checksum, codec, sizes.
    package init(_ bytes: UnsafeRawBufferPointer) throws(PageFault) {
        guard bytes.count >= Self.byteCount else { throw .cut(expected: Self.byteCount, found: bytes.count) }
        let magic = unsafe bytes.word(0, as: UInt32.self)
        guard magic == Self.magic else { throw .magic(expected: Self.magic, found: magic) }
        let version = unsafe bytes[4]
        guard version == Self.version else { throw .version(found: version) }
        let expected = unsafe bytes.word(Self.sealedBytes, as: UInt64.self)
        let found = unsafe checksum(UnsafeRawBufferPointer(rebasing: bytes[..<Self.sealedBytes]))
        guard expected == found else { throw .headerChecksum(expected: expected, found: found) }
        guard let codec = unsafe PageCodec(rawValue: bytes[5]) else { throw unsafe .codec(found: bytes[5]) }
        let isBlank = unsafe bytes.word(48, as: UInt64.self) == 0
        guard isBlank else { throw .impossible("its reserved bytes are not 0") }
        unsafe self.init(
            codec: codec, recordBytes: Int(bytes.word(6, as: UInt16.self)),
            elementHash: bytes.word(8, as: UInt64.self), count: Int(bytes.word(16, as: Int64.self)),
            rawBytes: Int(bytes.word(24, as: Int64.self)), storedBytes: Int(bytes.word(32, as: Int64.self)),
            bodyChecksum: bytes.word(40, as: UInt64.self))
        if let problem { throw problem }
    }

    /// Writes the header into the first 64 bytes of `space`, with its checksum.
    package func write(to space: UnsafeMutableRawBufferPointer) {
        precondition(space.count >= Self.byteCount, "a header has 64 bytes")
        unsafe space.setWord(0, Self.magic)
        unsafe space[4] = Self.version
        unsafe space[5] = codec.rawValue
        unsafe space.setWord(6, UInt16(recordBytes))
        unsafe space.setWord(8, elementHash)
        unsafe space.setWord(16, Int64(count))
        unsafe space.setWord(24, Int64(rawBytes))
        unsafe space.setWord(32, Int64(storedBytes))
        unsafe space.setWord(40, bodyChecksum)
        unsafe space.setWord(48, UInt64(0))
        unsafe Self.seal(space)
    }

    /// Writes the checksum of the present fields behind them, and returns it.
    @discardableResult
    package static func seal(_ space: UnsafeMutableRawBufferPointer) -> UInt64 {
        let sealed = unsafe checksum(UnsafeRawBufferPointer(rebasing: space[..<sealedBytes]))
        unsafe space.setWord(sealedBytes, sealed)
        return sealed
    }

    /// The checksum at the end of a header.
    static func checksumField(of bytes: UnsafeRawBufferPointer) -> UInt64 {
        unsafe bytes.word(sealedBytes, as: UInt64.self)
    }
}

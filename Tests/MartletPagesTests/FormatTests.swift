import MartletPages
import Testing

/// The bytes of pages, written out: the format changes only with its version.
@Suite struct FormatTests {
    private static let content = Array("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".utf8)

    @Test(arguments: [PageCodec.raw, .lz4, .zstd])
    func goldenPages(_ codec: PageCodec) throws {
        let golden = bytes(Self.golden[codec] ?? "")
        let decoded = try decode(golden, elementHash: 0x0123_4567_89AB_CDEF)
        #expect(decoded.content == Self.content)
        #expect(decoded.header.codec == codec)
        #expect(decoded.header.count == 64)
        // Another version of a library may compress differently; the header must still begin with the same bytes.
        let made = try page(Self.content, codec, count: 64, elementHash: 0x0123_4567_89AB_CDEF)
        #expect(made[..<32] == golden[..<32])
        if codec == .raw { #expect(made == golden) }
    }

    @Test func goldenFile() throws {
        let folder = Folder()
        try writePages([[1, 2, 3], []], folder.path("made"), .raw)
        let made = try folder.bytes(of: "made")
        #expect(made == bytes(Self.goldenFile), "\(hex(made))")
        #expect(try readPages(try folder.write("golden", bytes(Self.goldenFile))) == [[1, 2, 3], []])
    }

    @Test func unknownVersion() throws {
        let folder = Folder()
        var newer = try page(text(100), .lz4)
        newer[4] = 2
        #expect(fault(resealed(newer)) == .version(found: 2))
        #expect(
            error { try decode(newer) }?.description
                == "memory: page data at byte 0: expected format version 1, found version 2, which this build does not "
                + "know; read it with the version of Martlet that wrote it")
        var file = bytes(Self.goldenFile)
        file[file.count - 36] = 9
        let path = try folder.write("newer", file)
        #expect(
            error { try readPages(path) } == .damaged(file: path, offset: file.count - 40, fault: .version(found: 9)))
    }

    /// Fields with values that no writer produces, under correct checksums.
    @Test func impossibleFields() throws {
        let original = try page(text(1000), .lz4)
        func changed(_ offset: Int, _ values: UInt8...) -> PageFault? {
            var bytes = original
            bytes.replaceSubrange(offset..<(offset + values.count), with: values)
            return fault(resealed(bytes))
        }
        #expect(changed(5, 3) == .codec(found: 3))
        #expect(changed(6, 3) == .impossible("1000 bytes of content, stored as lz4, are records of 3 bytes"))
        #expect(changed(6, 10) == nil)
        #expect(changed(55, 1) == .impossible("its reserved bytes are not 0"))
        #expect(changed(23, 0x80) == .impossible("its count is 9223372036854775811"))
        #expect(
            changed(28, 1) == .impossible("its content has 4294968296 bytes; a page has at most 1073741824"))
        #expect(
            changed(31, 0xFF) == .impossible("its content has 18374686479671624680 bytes; a page has at most 1073741824"))
        #expect(changed(32, 0, 0, 0, 0, 0, 0, 0, 0) == .impossible("1000 bytes of content are stored as lz4 in 0 bytes"))
        #expect(changed(5, 0) == .impossible("1000 bytes of content are stored as raw in \(original.count - 64) bytes"))
        #expect(changed(24, 0xE9) == .contentBytes(expected: 1001, found: 1000))
        #expect(changed(24, 0xE7) == .body(.lz4, "the block is malformed"))
        #expect(changed(27, 0x3F) == .contentBytes(expected: 0x3F00_03E8, found: (original.count - 64) * 255))
        #expect(changed(24, 0xE8) == nil)

        var zstd = try page(text(1000), .zstd)
        zstd[24] = 0xE9
        #expect(fault(resealed(zstd)) == .contentBytes(expected: 1001, found: 1000))
        zstd[24] = 0xE8
        zstd[64] ^= 1
        #expect(fault(resealed(zstd)) == .body(.zstd, "no frame that tells its size"))
    }

    private static let golden: [PageCodec: String] = [
        .raw: """
            4d506167 01000000 efcdab89 67452301
            40000000 00000000 40000000 00000000
            40000000 00000000 02a33e93 ae1d841e
            00000000 00000000 6344d5c8 d651be57
            30313233 34353637 38396162 63646566
            30313233 34353637 38396162 63646566
            30313233 34353637 38396162 63646566
            30313233 34353637 38396162 63646566
            """,
        .lz4: """
            4d506167 01010000 efcdab89 67452301
            40000000 00000000 40000000 00000000
            1b000000 00000000 54ae49d1 53f6472d
            00000000 00000000 456c6335 8a2d96f4
            ff013031 32333435 36373839 61626364
            65661000 18506263 646566
            """,
        .zstd: """
            4d506167 01020000 efcdab89 67452301
            40000000 00000000 40000000 00000000
            20000000 00000000 1a6e98c5 212d8cfd
            00000000 00000000 426ac7e7 e5587f1a
            28b52ffd 2040bd00 00803031 32333435
            36373839 61626364 65660100 9a682e01
            """,
    ]

    private static let goldenFile = """
        4d506167 01000000 09000000 00000000
        01000000 00000000 03000000 00000000
        03000000 00000000 3b73ae32 769bceeb
        00000000 00000000 76509551 08e2b45d
        0102034d 50616701 00000009 00000000
        00000001 00000000 00000000 00000000
        00000000 00000000 000000c2 94d33805
        80062d00 00000000 00000011 51fa8fde
        a3786a4d 50456e01 00000002 00000000
        00000083 00000000 0000008f 79204538
        fcc0199f 029e427d 17f21b
        """
}

/// The bytes that hexadecimal digits encode; blanks are skipped.
private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

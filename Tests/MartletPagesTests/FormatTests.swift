import MartletPages
import Testing

/// The bytes of pages are written down here: the format changes only with its version.
@Suite struct FormatTests {
    private static let content = Array("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef".utf8)

    @Test(arguments: [PageCodec.raw, .lz4, .zstd])
    func goldenPages(_ codec: PageCodec) throws {
        let golden = bytes(Self.golden[codec] ?? "")
        let decoded = try decode(golden, elementHash: 0x0123_4567_89AB_CDEF)
        #expect(decoded.content == Self.content)
        #expect(decoded.header.codec == codec)
        #expect(decoded.header.count == 64)
        // Another version of a library may compress otherwise; the header must still begin alike.
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

    /// Fields that no writer gives, under right checksums.
    @Test func impossibleFields() throws {
        let original = try page(text(1000), .lz4)
        func changed(_ offset: Int, _ values: UInt8...) -> PageFault? {
            var bytes = original
            bytes.replaceSubrange(offset..<(offset + values.count), with: values)
            return fault(resealed(bytes))
        }
        #expect(changed(5, 3) == .codec(found: 3))
        #expect(changed(6, 1) == .impossible("its reserved bytes are not 0"))
        #expect(changed(7, 1) == .impossible("its reserved bytes are not 0"))
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
        .raw: "",
        .lz4: "",
        .zstd: "",
    ]

    private static let goldenFile = ""
}

/// The bytes that hexadecimal digits stand for; blanks are skipped.
private func bytes(_ hex: String) -> [UInt8] {
    let digits = hex.compactMap(\.hexDigitValue)
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}

private func hex(_ bytes: [UInt8]) -> String {
    bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
}

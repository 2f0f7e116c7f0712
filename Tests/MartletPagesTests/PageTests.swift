import MartletPages
import MartletStatistics
import Testing

@Suite struct PageTests {
    @Test(arguments: PageCodec.allCases)
    func contentsComeBack(_ codec: PageCodec) throws {
        for size in [0, 1, 2, 15, 16, 17, 63, 64, 100, 1000, 65_536, 300_001] {
            for content in [text(size), noise(size), [UInt8](repeating: 0, count: size)] {
                let bytes = try page(content, codec, count: size, elementHash: UInt64.max)
                let decoded = try decode(bytes, elementHash: UInt64.max)
                #expect(decoded.content == content, "\(size)")
                #expect(decoded.header.count == size && decoded.header.rawBytes == size)
                #expect(decoded.header.pageBytes == bytes.count)
            }
        }
    }

    @Test func rawWhereCompressingDoesNotPay() throws {
        for codec in PageCodec.allCases {
            #expect(try decode(page(noise(5000), codec)).header.codec == .raw)
            #expect(try decode(page([], codec)).header.codec == .raw)
            #expect(try decode(page([1], codec)).header.codec == .raw)
            // Half of it compresses to almost nothing; saving a hundredth is not worthwhile.
            #expect(try decode(page(text(2500) + noise(2500), codec)).header.codec == codec)
            #expect(try decode(page(noise(4950) + text(50), codec)).header.codec == .raw)
            #expect(try decode(page(text(5000), codec)).header.codec == codec)
        }
        let bytes = try page(noise(5000), .zstd)
        #expect(bytes.count == 5064)
        #expect(Array(bytes[64...]) == noise(5000))
    }

    @Test(arguments: PageCodec.allCases)
    func oneEncoderMakesManyPages(_ codec: PageCodec) throws {
        let (encoder, decoder) = (PageEncoder(codec: codec), PageDecoder())
        for size in [10, 100_000, 0, 500, 99_999, 3] {
            let content = text(size)
            var bytes: [UInt8] = []
            let header = try content.withUnsafeBytes {
                try encoder.encode($0, count: 1, elementHash: 2, into: &bytes)
            }
            #expect(header.pageBytes == bytes.count)
            let back = try bytes.withUnsafeBytes { try decoder.decode($0).bytes }
            #expect(back == content)
            #expect(try bytes == page(content, codec, count: 1, elementHash: 2), "no page depends on those before it")
        }
    }

    /// Numbers by the columns of their bytes, for records of every width and in any number.
    @Test(arguments: PageCodec.allCases)
    func recordsByColumns(_ codec: PageCodec) throws {
        let (encoder, decoder) = (PageEncoder(codec: codec), PageDecoder())
        for width in Array(1...41) + [100, 1023, 1024, 1025, 4000] {
            for count in [0, 1, 15, 16, 17, 31, 160] {
                let content = (0..<count * width).map { UInt8(truncatingIfNeeded: $0 % width < 3 ? $0 / width &* 7 : 9) }
                var bytes: [UInt8] = []
                let header = try content.withUnsafeBytes {
                    try encoder.encode($0, count: count, elementHash: 2, recordBytes: width, into: &bytes)
                }
                let isByColumns = header.codec != .raw && width > 1 && width <= 1024
                #expect(header.recordBytes == (isByColumns ? width : 0))
                let back = try bytes.withUnsafeBytes { try decoder.decode($0).bytes }
                #expect(back == content, "\(width) x \(count)")
            }
        }
    }

    @Test func columnsCompressBetter() throws {
        var generator = SeededGenerator(seed: 3)
        let content: [UInt8] = (0..<4000).flatMap { _ -> [UInt8] in
            [UInt8(generator.below(256)), UInt8(generator.below(256)), 0, 0, 0, 0, 0, 1]
        }
        let sizes = try [0, 8].map { width in
            var bytes: [UInt8] = []
            return try content.withUnsafeBytes {
                try PageEncoder().encode($0, count: 1, elementHash: 1, recordBytes: width, into: &bytes).storedBytes
            }
        }
        #expect(sizes[1] * 3 < sizes[0] * 2)
    }

    @Test func zstdLevels() throws {
        let content = (0..<20_000).flatMap { Array("\($0 * 7919 % 10_007),".utf8) }
        let sizes = try [1, 9, 19, Int.max].map { level in
            var bytes: [UInt8] = []
            let encoder = PageEncoder(codec: .zstd, zstdLevel: level)
            try content.withUnsafeBytes { _ = try encoder.encode($0, count: 1, elementHash: 1, into: &bytes) }
            #expect(try decode(bytes).content == content)
            return bytes.count
        }
        #expect(sizes[2] < sizes[0])
    }

    @Test func rawContentsAreNotCopied() throws {
        try page(noise(100), .lz4).withUnsafeBytes { bytes in
            try PageDecoder().decode(bytes).withContent { content in
                #expect(content.baseAddress == bytes.baseAddress.map { $0 + 64 })
            }
        }
    }

    @Test func pagesFollowEachOther() throws {
        let encoder = PageEncoder(codec: .zstd)
        var bytes: [UInt8] = []
        let headers = try [text(500), [], noise(20)].map { content in
            try content.withUnsafeBytes { try encoder.encode($0, count: 1, elementHash: 1, into: &bytes) }
        }
        var start = 0
        for (header, content) in zip(headers, [text(500), [], noise(20)]) {
            let decoded = try decode(Array(bytes[start..<(start + header.pageBytes)]))
            #expect(decoded.content == content && decoded.header == header)
            start += header.pageBytes
        }
        #expect(start == bytes.count)
    }

    @Test func tooLarge() {
        let bytes = PageHeader.contentBytesMax + 1
        // Refused by its size: the missing bytes are not read.
        var none: [UInt8] = []
        let failure = error {
            try withUnsafeBytes(of: 1) { one in
                let content = UnsafeRawBufferPointer(start: one.baseAddress, count: bytes)
                return try PageEncoder().encode(content, count: 1, elementHash: 1, into: &none)
            }
        }
        #expect(failure == .tooLarge(bytes: bytes))
        #expect(
            failure?.description
                == "a page holds at most 1073741824 bytes of content, and not 1073741825; spread the values over more pages")
    }

    @Test func anotherType() throws {
        let bytes = try page(text(100), .lz4, elementHash: 0x11)
        #expect(try decode(bytes, elementHash: 0x11).header.elementHash == 0x11)
        #expect(fault(bytes, elementHash: 0x12) == .elementHash(expected: 0x12, found: 0x11))
    }
}

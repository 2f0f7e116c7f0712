import Foundation
import MartletPages
import Testing

/// Damage of every kind is found and named.
@Suite struct DamageTests {
    let folder = Folder()

    @Test(arguments: [PageCodec.raw, .lz4, .zstd])
    func everyBitOfAPage(_ codec: PageCodec) throws {
        let original = try page(text(300), codec)
        for bit in 0..<(original.count * 8) {
            var bytes = original
            bytes[bit / 8] ^= 1 << (bit % 8)
            let found = fault(bytes)
            let isNamed =
                switch (bit / 8, found) {
                case (0..<4, .magic), (4, .version), (5..<64, .headerChecksum), (64..., .bodyChecksum): true
                default: false
                }
            #expect(isNamed, "bit \(bit): \(String(describing: found))")
        }
    }

    @Test func everyLengthOfAPage() throws {
        let original = try page(text(300), .lz4)
        for length in 0..<original.count {
            #expect(fault(Array(original[..<length])) == .cut(expected: length < 64 ? 64 : original.count, found: length))
        }
        #expect(fault(original + [0]) == .cut(expected: original.count, found: original.count + 1))
    }

    @Test(arguments: [PageCodec.raw, .lz4, .zstd])
    func everyBitOfAFile(_ codec: PageCodec) throws {
        let path = folder.path("pages")
        let contents = [text(150), noise(40), [], text(200)]
        let starts = try writePages(contents, path, codec) + [try folder.bytes(of: "pages").count - 40]
        let original = try folder.bytes(of: "pages")
        let descriptor = open(path, O_RDWR)
        defer { close(descriptor) }
        for bit in 0..<(original.count * 8) {
            var byte = original[bit / 8] ^ (1 << (bit % 8))
            #expect(pwrite(descriptor, &byte, 1, bit / 8) == 1)
            let start = starts.last { $0 <= bit / 8 } ?? -1
            if case .damaged(path, start, _) = error({ try readPages(path) }) {} else {
                Issue.record("bit \(bit): \(String(describing: error { try readPages(path) }))")
            }
            byte = original[bit / 8]
            #expect(pwrite(descriptor, &byte, 1, bit / 8) == 1)
        }
        #expect(try readPages(path) == contents)
        #expect(folder.openDescriptors() == 1, "only the test's own")
    }

    /// Includes the file of a process that is killed while it writes: it is a beginning of the whole file.
    @Test func everyLengthOfAFile() throws {
        try writePages([text(150), noise(40)], folder.path("pages"))
        let original = try folder.bytes(of: "pages")
        for length in 0..<original.count {
            let path = try folder.write("cut", Array(original[..<length]))
            if case .damaged(path, max(0, length - 40), .notWhole) = error({ try PageFileReader(path: path) }) {} else {
                Issue.record("\(length) bytes: \(String(describing: error { try PageFileReader(path: path) }))")
            }
        }
        let longer = try folder.write("longer", original + original[(original.count - 40)...])
        #expect(
            error { try PageFileReader(path: longer) }
                == .damaged(
                    file: longer, offset: original.count,
                    fault: .fileBytes(expected: original.count, found: original.count + 40)))
    }

    @Test func intactPagesElsewhere() throws {
        let offsets = try writePages([noise(50), noise(50, seed: 2)], folder.path("pages"))
        let original = try folder.bytes(of: "pages")
        let (first, second) = (original[..<offsets[1]], original[offsets[1]..<(original.count - 40)])
        let footer = original[(original.count - 40)...]
        for bytes in [second + first + footer, first + first + footer] {
            let path = try folder.write("mixed", Array(bytes))
            guard case .damaged(path, original.count - 40, .chain) = error({ try readPages(path) }) else {
                Issue.record("\(String(describing: error { try readPages(path) }))")
                continue
            }
        }
        // One page as long as two.
        let long = folder.path("long")
        try writePages([noise(50 + 64 + 50)], long)
        let other = try folder.bytes(of: "long")
        let path = try folder.write("fewer", Array(other[..<(other.count - 40)] + footer))
        #expect(
            error { try readPages(path) }
                == .damaged(file: path, offset: original.count - 40, fault: .pageCount(expected: 2, found: 1)))
    }

    @Test func aFailureStays() throws {
        let path = folder.path("pages")
        let offsets = try writePages([text(500), text(600), text(700)], path)
        var bytes = try folder.bytes(of: "pages")
        bytes[offsets[1] + 70] ^= 0x10
        try folder.write("pages", bytes)
        let reader = try PageFileReader(path: path)
        #expect(try reader.next().map { $0.header.rawBytes } == 500)
        let failure = error { try reader.next() }
        #expect(failure != nil)
        #expect(error { try reader.next() } == failure)
        #expect(try reader.page(at: offsets[2]).header.rawBytes == 700, "pages behind it can still be read by offset")
    }

    @Test func messages() throws {
        let path = folder.path("pages")
        let offsets = try writePages([noise(80), noise(90)], path)
        var bytes = try folder.bytes(of: "pages")
        let expected = bytes[(offsets[1] + 40)..<(offsets[1] + 48)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
        bytes[offsets[1] + 64] ^= 1
        try folder.write("pages", bytes)
        let body = Array(bytes[(offsets[1] + 64)..<(bytes.count - 40)])
        let found = body.withUnsafeBytes { checksum($0) }
        #expect(
            error { try readPages(path) }?.description
                == "\(path): page data at byte 144: expected body checksum 0x\(String(expected, radix: 16)), found "
                + "0x\(String(found, radix: 16)); the data is not what was written: write it again, and check the disk "
                + "if this happens often")
        #expect(
            PageError.damaged(file: "a", offset: 7, fault: .notWhole("it has no footer")).description
                == "a: page data at byte 7: expected a whole file of pages, found that it has no footer; "
                + "its writer did not finish: write it again")
        #expect(
            PageError.writeFailed(file: "a", offset: 7, code: ENOSPC).description
                == "a: writing pages failed at byte 7: No space left on device; what was written is removed: make space, "
                + "or choose another directory")
    }
}

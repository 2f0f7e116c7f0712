import MartletFiles
import MartletStatistics
import Testing

@Suite struct CompressedInputTests {
    static let codecs = Codec.allCases.filter { $0 != .plain }
    let directory = TemporaryDirectory()

    private func read(_ bytes: [UInt8], _ codec: Codec) throws -> [UInt8] {
        let path = try directory.write("data" + codec.fileSuffix, bytes)
        return try readAllLines(try InputPlan.text(paths: path, minPartitions: 3)).flatMap(\.bytes)
    }

    private func readError(_ bytes: [UInt8], _ codec: Codec) throws -> FileError? {
        let path = try directory.write("data" + codec.fileSuffix, bytes)
        return fileError { () throws(FileError) in
            try readAllLines(try InputPlan.text(paths: path, minPartitions: 1))
        }
    }

    @Test(arguments: codecs)
    func severalFrames(_ codec: Codec) throws {
        let parts = ["a\nb", "", "c\n", "d"].map { Array($0.utf8) }
        #expect(try read(parts.flatMap { compressed($0, codec) }, codec) == Array("a\nbc\nd".utf8))
        #expect(try read(compressed([], codec), codec) == [])
    }

    /// What fills the last block of a tape or disk is no data.
    @Test(arguments: [Codec.gzip, .bzip2, .xz], [1, 4, 511, 131_072, 300_000])
    func zeroPadding(_ codec: Codec, _ count: Int) throws {
        let text = Array("some text\n".utf8)
        let zeros = [UInt8](repeating: 0, count: count)
        #expect(try read(compressed(text, codec) + zeros, codec) == text)
        #expect(try read(compressed(text, codec) + zeros + compressed(text, codec) + zeros, codec) == text + text)
        guard case .corrupt(_, codec, let offset, _) = try readError(compressed(text, codec) + zeros + [1, 2, 3], codec) else {
            Issue.record("garbage behind padding is read")
            return
        }
        #expect(offset >= compressed(text, codec).count + count)
        let cut = Array(compressed(text, codec).dropLast(9)) + zeros
        #expect(try readError(cut, codec) != nil)
    }

    @Test(arguments: [Codec.zstd, .lz4])
    func paddingThatNoCommandReads(_ codec: Codec) throws {
        guard case .corrupt = try readError(compressed([1], codec) + [0, 0, 0, 0, 0, 0, 0, 0], codec) else {
            Issue.record("padding is read")
            return
        }
    }

    @Test(arguments: codecs)
    func trailingGarbage(_ codec: Codec) throws {
        let frame = compressed(Array("text\n".utf8), codec)
        let error = try readError(frame + Array("garbage that is no frame".utf8), codec)
        guard case .corrupt(let path, codec, let offset, _) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(path == directory.path("data" + codec.fileSuffix))
        #expect((frame.count...frame.count + 7).contains(offset))
    }

    @Test(arguments: codecs)
    func everyCutIsTruncated(_ codec: Codec) throws {
        let frame = compressed(Array("some text\nthat is cut\n".utf8), codec)
        for size in 0..<frame.count {
            let path = directory.path("data" + codec.fileSuffix)
            #expect(
                try readError(Array(frame[..<size]), codec)
                    == .truncated(path: path, codec: codec, offset: size))
        }
    }

    @Test(arguments: codecs)
    func shrunkFile(_ codec: Codec) throws {
        let name = "data" + codec.fileSuffix
        let frame = compressed(Array("some text\n".utf8), codec)
        let path = try directory.write(name, frame)
        let plan = try InputPlan.text(paths: path, minPartitions: 1)
        directory.cut(name, to: frame.count - 1)
        let error = fileError { () throws(FileError) in try readAllLines(plan) }
        #expect(error == .changed(path: path, plannedSize: frame.count, size: frame.count - 1))
    }

    /// Flipped bytes in seeded places: the right data, or an error that names file, codec and a place in the
    /// file.
    @Test(arguments: codecs, propertySeeds(3))
    func flippedBytes(_ codec: Codec, seed: UInt64) throws {
        print("flippedBytes \(codec): MARTLET_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let text = randomText(&random, size: 150_000)
        let intact = compressed(text, codec)
        var errorCount = 0
        for _ in 0..<40 {
            var bytes = intact
            let place = random.int(0...bytes.count - 1)
            bytes[place] ^= UInt8(random.int(1...255))
            let path = try directory.write("data" + codec.fileSuffix, bytes)
            do throws(FileError) {
                let read = try readAllLines(
                    try InputPlan.text(paths: path, minPartitions: 1), blockBytes: 4_096)
                #expect(read.flatMap(\.bytes) == text, "seed \(seed), place \(place)")
            } catch {
                errorCount += 1
                switch error {
                case .corrupt(path, codec, let offset, _), .truncated(path, codec, let offset):
                    #expect((0...bytes.count).contains(offset))
                default:
                    Issue.record("seed \(seed), place \(place): \(error)")
                }
            }
        }
        #expect(errorCount > 0, "seed \(seed)")
    }

    /// Files of two frames, cut in seeded places: an error, except between the frames.
    @Test(arguments: codecs, propertySeeds(2))
    func cutFiles(_ codec: Codec, seed: UInt64) throws {
        print("cutFiles \(codec): MARTLET_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let text = randomText(&random, size: 80_000)
        let frame = compressed(text, codec)
        for _ in 0..<20 {
            let size = random.int(1...2 * frame.count - 1)
            let bytes = Array((frame + frame)[..<size])
            if size == frame.count {
                #expect(try read(bytes, codec) == text)
            } else {
                let path = directory.path("data" + codec.fileSuffix)
                #expect(
                    try readError(bytes, codec) == .truncated(path: path, codec: codec, offset: size),
                    "seed \(seed)")
            }
        }
    }
}

/// Lines of words: compressible, with lines of all lengths.
func randomText(_ random: inout SeededGenerator, size: Int) -> [UInt8] {
    var text: [UInt8] = []
    text.reserveCapacity(size)
    while text.count < size {
        let letters = random.next()
        switch letters & 15 {
        case 0: text.append(10)
        case 1: text += [13, 10]
        default:
            for shift in 0..<Int(1 + letters >> 4 & 7) {
                text.append(97 + UInt8(letters >> (8 + shift * 4) & 15))
            }
            text.append(32)
        }
    }
    return Array(text.prefix(size))
}

import MartletFiles
import MartletStatistics
import Testing

/// Random files of all codecs, some under the name of another, with all line ends and byte order marks, in random splits and
/// blocks: each file comes back once, whole and in order.
@Suite struct LinePropertyTests {
    @Test(arguments: propertySeeds(40))
    func filesComeBack(_ seed: UInt64) throws {
        print("filesComeBack: MARTLET_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let directory = TemporaryDirectory()
        var expected: [FileText] = []
        for index in 0..<random.int(1...6) {
            let codec = random.int(0...1) == 0 ? .plain : Codec.allCases[random.int(0...5)]
            let text = randomFile(&random)
            // Names may lie.
            let suffix = random.int(0...3) == 0 ? Codec.allCases[random.int(0...5)].fileSuffix : codec.fileSuffix
            let name = "file\(index)" + (codec == .plain ? "" : suffix)
            let mark: [UInt8] = random.int(0...3) == 0 ? [0xEF, 0xBB, 0xBF] : []
            let path = try directory.write(name, frames(of: mark + text, codec, &random))
            if !text.isEmpty { expected.append(FileText(path: path, bytes: text)) }
        }
        let plan = try InputPlan.text(
            paths: directory.path, minPartitions: random.int(1...12), maxSplitBytes: 1 << random.int(4...16))
        let read = try readAllLines(plan, blockBytes: 1 << random.int(0...14))
        #expect(read.map(\.path) == expected.map(\.path), "seed \(seed)")
        let isEqual = read == expected
        #expect(isEqual, "seed \(seed)")
        #expect(openDescriptors(below: directory.path) == 0)
    }

    private func randomFile(_ random: inout SeededGenerator) -> [UInt8] {
        let size = random.int(0...1) == 0 ? random.int(0...20) : random.int(0...20_000)
        var text = randomText(&random, size: size)
        switch random.int(0...8) {
        case 0: text = [UInt8](repeating: 10, count: size)
        case 1: text = text.map { $0 == 10 ? 32 : $0 }
        case 2: text.append(10)
        case 3: text = text.map { $0 == 10 ? 13 : $0 }
        case 4: text = text.map { $0 == 32 ? 13 : $0 }
        case 5: text.append(13)
        default: break
        }
        return text
    }

    /// The text in one to three frames.
    private func frames(of text: [UInt8], _ codec: Codec, _ random: inout SeededGenerator) -> [UInt8] {
        var bytes: [UInt8] = []
        var rest = text[...]
        for _ in 0..<random.int(0...2) {
            let count = random.int(0...rest.count)
            bytes += compressed(Array(rest.prefix(count)), codec)
            rest = rest.dropFirst(count)
        }
        return bytes + compressed(Array(rest), codec)
    }
}

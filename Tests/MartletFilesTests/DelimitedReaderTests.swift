import MartletFiles
import MartletStatistics
import Testing

@Suite struct DelimitedReaderTests {
    let directory = TemporaryDirectory()

    private func check(_ text: String, _ delimiter: String, blockBytes: [Int] = [1, 2, 5, 1 << 18]) throws {
        let (bytes, delimiter) = (Array(text.utf8), Array(delimiter.utf8))
        let path = try directory.write("text", bytes)
        let expected = expectedRecords(bytes, delimiter: delimiter)
        for partitions in [1, 2, 3, max(1, bytes.count)] {
            let plan = try InputPlan.text(paths: path, minPartitions: partitions, maxSplitBytes: bytes.count + 1)
            for blockBytes in blockBytes {
                var records: [(offset: Int, bytes: [UInt8])] = []
                for splits in plan.partitions {
                    let own = try readRecords(splits, delimiter: delimiter, blockBytes: blockBytes)
                    if let split = splits.first {
                        #expect(own.allSatisfy { split.offset <= $0.offset && $0.offset < split.end })
                    }
                    records += own
                }
                #expect(
                    records.map(\.bytes) == expected.map(\.bytes) && records.map(\.offset) == expected.map(\.offset),
                    "'\(text)' by '\(String(decoding: delimiter, as: UTF8.self))' in \(partitions), \(blockBytes)")
            }
        }
    }

    static let texts: [(String, String)] = [
        ("", "\n\n"), ("a", "\n\n"), ("\n\n", "\n\n"), ("\n", "\n\n"), ("a\n\nb", "\n\n"), ("a\n\nb\n\n", "\n\n"),
        ("a\n\n\nb\n\n\n\nc\n", "\n\n"), ("\n\n\n\n\n", "\n\n"), ("ababab", "ab"), ("xabababa", "aba"),
        ("aabaabaaab", "aab"), ("a,b,,c", ","), ("a\r\nb\r\n\r\nc", "\r\n"), ("caf\u{E9}\u{2028}na\u{EF}ve", "\u{2028}"),
        ("a<end>b<en<end><end>d>", "<end>"), ("one long record without any", "delimiter, longer than the text is"),
    ]

    @Test(arguments: texts.indices)
    func everySplitAndBlock(_ index: Int) throws {
        try check(Self.texts[index].0, Self.texts[index].1)
    }

    /// Texts of few letters, so that delimiters overlap themselves and each other in every way.
    @Test(arguments: propertySeeds(8))
    func randomTexts(_ seed: UInt64) throws {
        print("randomTexts: MARTLET_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            func letters(_ count: Int) -> String {
                String((0..<count).map { _ in random.int(0...1) == 0 ? "a" : "b" })
            }
            let delimiter = letters(random.int(1...4))
            try check(letters(random.int(0...30)), delimiter, blockBytes: [1, 7])
        }
    }

    @Test func compressedFilesAndLongRecords() throws {
        let long = String(repeating: "x", count: 5000)
        let text = "a##\(long)##\(long)##b"
        for codec in Codec.allCases {
            let path = try directory.write("long\(codec.fileSuffix)", compressed(Array(text.utf8), codec))
            let plan = try InputPlan.text(paths: path, minPartitions: 1)
            let records = try readRecords(plan.partitions[0], delimiter: Array("##".utf8), blockBytes: 64)
            #expect(records.map(\.bytes.count) == [1, 5000, 5000, 1])
        }
        #expect(openDescriptors(below: directory.path) == 0)
    }

    @Test func failures() throws {
        let path = try directory.write("f", [UInt8](repeating: 1, count: 1_000))
        let plan = try InputPlan.text(paths: path, minPartitions: 2)
        directory.cut("f", to: 10)
        #expect(fileError { () throws(FileError) in try readRecords(plan.partitions[1], delimiter: [2], blockBytes: 100) }
            == .changed(path: path, plannedSize: 1_000, size: 10))
    }
}

import Martlet
import TestSupport
import Testing

@Suite struct TextFileTests {
    let context: MartletContext
    let directory = TemporaryDirectory()

    init() throws { context = try makeContext("local[3]", "martlet.batch.bytes=4k") }

    @Test(
        arguments: [
            ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\nb", ["a", "b"]), ("a\r\nb\r\n", ["a", "b"]),
            ("\n\n", ["", ""]), ("a\n\nb\n", ["a", "", "b"]), ("\r\n", [""]), ("a\rb\n", ["a", "b"]), ("a\r\r\n", ["a", ""]),
            ("a\r", ["a"]), ("\r", [""]), ("\r\r", ["", ""]), ("\n\r", ["", ""]), ("a\r\nb\rc", ["a", "b", "c"]),
            ("\u{FEFF}a\nb", ["a", "b"]), ("\u{FEFF}", []), ("\u{FEFF}\n", [""]), ("a\u{FEFF}b", ["a\u{FEFF}b"]), ("caf\u{E9} \u{1F426}\nx", ["caf\u{E9} \u{1F426}", "x"]),
        ] as [(String, [String])])
    func lineEnds(_ text: String, _ lines: [String]) async throws {
        let path = try directory.write("text", text)
        for partitions in 1...5 {
            let rdd = context.textFile(path, minPartitions: partitions)
            // Compared as bytes: "\r\n" is one character, and equal strings may differ in their normal form.
            #expect(try await rdd.collect().map { Array($0.utf8) } == lines.map { Array($0.utf8) }, "\(partitions)")
            #expect(try await rdd.count() == lines.count)
            let kept = context.textLines(path, minPartitions: partitions)
            #expect(try await kept.collect().map { Array($0.utf8) } == lines.map { Array($0.utf8) }, "\(partitions)")
            // A command's output has the same lines.
            if !text.hasPrefix("\u{FEFF}") {
                let piped = context.parallelize([0], partitions: 1).pipe(["cat", path])
                #expect(try await piped.collect().map { Array($0.utf8) } == lines.map { Array($0.utf8) })
            }
        }
    }

    /// Lines of all lengths and ends, many in a block or few, against splitting by hand.
    @Test(arguments: 1...6)
    func linesOfRandomTexts(_ seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let lengths = [[0, 0, 1], [0, 3, 20], [63, 64, 65, 200], [300, 900, 2000], [70_000, 0, 400_000], [0, 1, 40, 1000]]
        var (text, lines): ([UInt8], [Int]) = ([], [])
        while text.count < 600_000 {
            let length = lengths[Int(seed - 1)].randomElement(using: &random) ?? 0
            text += [UInt8](repeating: UInt8(ascii: "x"), count: length)
            let end = ["\n", "\n", "\r\n", "\r"].randomElement(using: &random) ?? ""
            // An empty line behind a carriage return alone would be half of a pair.
            text += text.last == 0x0D && length == 0 ? Array("\r".utf8) : Array(end.utf8)
            lines.append(length)
        }
        let path = try directory.write("text", text)
        for partitions in [1, 3] {
            #expect(try await context.textFile(path, minPartitions: partitions).map { $0.utf8.count }.collect() == lines)
            #expect(try await context.textLines(path, minPartitions: partitions).map { $0.utf8.count }.collect() == lines)
        }
    }

    @Test func pathsListsGlobsAndDirectories() async throws {
        try directory.write("in/b.txt", "3\n4\n")
        try directory.write("in/a.txt", "1\n2")
        try directory.write("in/c.log", "5\n")
        try directory.write("in/_SUCCESS", "")
        try directory.write("in/d.gz", storedGzip("6\n7\n"))
        #expect(try await context.textFile(directory.path("in/*.txt")).collect() == ["1", "2", "3", "4"])
        let list = "\(directory.path("in/c.log")), \(directory.path("in/a.txt"))"
        #expect(try await context.textFile(list).collect() == ["5", "1", "2"])
        #expect(try await context.textFile(directory.path("in")).collect() == ["1", "2", "3", "4", "5", "6", "7"])
        #expect(try await context.textFile(directory.path("in/[ab].*")).count() == 4)
        let empty = try directory.write("empty", "")
        #expect(try await context.textFile(empty).collect() == [])
        #expect(try await context.textFile(empty).isEmpty())
    }

    @Test func whatIsSavedComesBack() async throws {
        let lines = (0..<5000).map { $0 % 7 == 0 ? "" : String(repeating: "\u{E9}x", count: $0 % 40) + "\($0)" }
        try await context.parallelize(lines, partitions: 4).saveAsTextFile(directory.path("out"))
        #expect(directory.names(in: "out") == ["_SUCCESS", "part-00000", "part-00001", "part-00002", "part-00003"])
        for partitions in [1, 3, 9] {
            #expect(try await context.textFile(directory.path("out"), minPartitions: partitions).collect() == lines)
        }
        try await context.range(0, 3, partitions: 5).saveAsTextFile(directory.path("numbers"))
        #expect(try await context.textFile(directory.path("numbers")).map { Int($0) ?? -1 }.collect() == [0, 1, 2])
        try await context.emptyRDD(of: Int.self).saveAsTextFile(directory.path("nothing"))
        #expect(directory.names(in: "nothing") == ["_SUCCESS"])
    }

    @Test(arguments: [
        (Codec.plain, ""), (.gzip, ".gz"), (.zstd, ".zst"), (.lz4, ".lz4"), (.bzip2, ".bz2"), (.xz, ".xz"),
    ])
    func compressedTextComesBack(_ codec: Codec, _ suffix: String) async throws {
        let lines = (0..<5000).map { $0 % 7 == 0 ? "" : "line \($0 * $0)" }
        try await context.parallelize(lines, partitions: 3).saveAsTextFile(directory.path("out"), codec: codec)
        let parts = (0..<3).map { "part-0000\($0)\(suffix)" }
        #expect(directory.names(in: "out") == ["_SUCCESS"] + parts)
        #expect(try await context.textFile(directory.path("out")).collect() == lines)
        // Empty partitions are files without a line.
        try await context.range(0, 2, partitions: 4).saveAsTextFile(directory.path("few"), codec: codec)
        #expect(directory.names(in: "few")?.count == 5)
        #expect(try await context.textFile(directory.path("few")).collect() == ["0", "1"])
        try await context.emptyRDD(of: Int.self).saveAsTextFile(directory.path("nothing"), codec: codec)
        #expect(directory.names(in: "nothing") == ["_SUCCESS"])
        struct Bad: Error {}
        await #expect(throws: (any Error).self) {
            try await context.range(0, 9, partitions: 2).map { if $0 == 7 { throw Bad() } else { $0 } }
                .saveAsTextFile(directory.path("failed"), codec: codec)
        }
        #expect(directory.names(in: "failed") == nil)
    }

    @Test func binaryRecordsComeBack() async throws {
        let numbers = context.range(0, 10_000, partitions: 3).map { UInt32($0) }
        try await numbers.saveAsBinaryRecords(directory.path("records"))
        #expect(try await context.binaryRecords(directory.path("records"), as: UInt32.self).collect() == Array(0..<10_000))
        let bytes = try await context.binaryRecords(directory.path("records"), length: 4, minPartitions: 5).collect()
        #expect(bytes.count == 10_000)
        #expect(bytes[258] == [2, 1, 0, 0])
    }

    @Test func smallSplits() async throws {
        let lines = (0..<3000).map { "line \($0) " + String(repeating: "x", count: $0 % 90) }
        let path = try directory.write("text", lines.joined(separator: "\n"))
        let small = try makeContext("local[2]", "martlet.input.splitBytes=1k")
        defer { small.stop() }
        let rdd = small.textFile(path)
        #expect(rdd.partitionCount > 100)
        #expect(try await rdd.collect() == lines)
    }

    @Test func records() async throws {
        let text = "first\nrecord\n\nsecond\n\n\n\nlast\n"
        let path = try directory.write("records.txt", text)
        let zipped = try directory.write("records.gz", storedGzip(text))
        for partitions in [1, 2, 7, 40] {
            let records = context.textFile(path, delimiter: "\n\n", minPartitions: partitions)
            #expect(try await records.collect() == ["first\nrecord", "second", "", "last\n"])
            #expect(try await context.textFile(path, delimiter: "record", minPartitions: partitions).take(1) == ["first\n"])
        }
        #expect(try await context.textFile(zipped, delimiter: "\n\n").count() == 4)
        let many = try directory.write("many.txt", (0..<30_000).map { "\($0)" }.joined(separator: "--"))
        let numbers = context.textFile(many, delimiter: "--", minPartitions: 3)
        #expect(try await numbers.collect() == (0..<30_000).map { "\($0)" })
        let empty = await failure { try await context.textFile(path, delimiter: "", line: 9).count() }.map { "\($0)" }
        #expect(empty == "textFile at TextFileTests.swift:9: the delimiter is empty")
        let mixed = try directory.write("mixed.txt", Array("good;b".utf8) + [0xFF])
        #expect(try await context.textFile(mixed, delimiter: ";").collect() == ["good", "b\u{FFFD}"])
        let strict = try makeContext("local[2]", "martlet.input.invalidUTF8=refuse")
        defer { strict.stop() }
        let refused = await failure { try await strict.textFile(mixed, delimiter: ";").collect() }.map { "\($0)" }
        #expect(refused?.contains("the line at byte 5 is not valid UTF-8") == true)
    }
}

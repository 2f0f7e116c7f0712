import Martlet
import MartletFiles
import TestSupport
import Testing

@Suite struct WholeFileTests {
    let context: MartletContext
    let directory = TemporaryDirectory()

    init() throws { context = try makeContext() }

    private func texts(_ rdd: RDD<(String, String)>) async throws -> [String] {
        try await rdd.collect().map { "\($0.0.split(separator: "/").last ?? ""): \($0.1)" }
    }

    @Test func everyKindOfFile() async throws {
        try directory.write("in/b.txt", "two\nlines\n")
        try directory.write("in/a.txt", "no line end")
        try directory.write("in/c.gz", storedGzip("zipped\n"))
        try directory.write("in/empty", "")
        try directory.write("in/_hidden", "x")
        let expected = ["a.txt: no line end", "b.txt: two\nlines\n", "c.gz: zipped\n", "empty: "]
        for partitions in [1, 2, 3, 4, 50] {
            let rdd = context.wholeTextFiles(directory.path("in"), minPartitions: partitions)
            #expect(try await texts(rdd) == expected)
            #expect(rdd.partitionCount <= Swift.min(partitions, 4))
        }
        #expect(context.wholeTextFiles(directory.path("in"), minPartitions: 4).partitionCount == 4)
        #expect(try await texts(context.wholeTextFiles(directory.path("in/*.txt,") + directory.path("in/empty")))
            == ["a.txt: no line end", "b.txt: two\nlines\n", "empty: "])
        let bytes = try await context.binaryFiles(directory.path("in/c.gz")).values().collect()
        #expect(bytes == [storedGzip("zipped\n")], "bytes are as they are stored")
        // The first bytes alone decide whether a file is text.
        try directory.write("lie.txt", storedGzip("zipped\n"))
        try directory.write("mark.txt", [0xEF, 0xBB, 0xBF] + Array("x\n".utf8))
        #expect(try await texts(context.wholeTextFiles(directory.path("*.txt"))) == ["lie.txt: zipped\n", "mark.txt: x\n"])
    }

    @Test func largeFilesAndManySmallOnes() async throws {
        let large = String(repeating: "0123456789", count: 200_000)
        try directory.write("many/large", large)
        for index in 0..<100 { try directory.write("many/small\(index)", "\(index)") }
        let rdd = context.wholeTextFiles(directory.path("many"), minPartitions: 2)
        let sizes = try await rdd.mapValues { $0.utf8.count }.values().collect()
        #expect(sizes.count == 101 && sizes.reduce(0, +) == large.utf8.count + 190)
        #expect(rdd.partitionCount == 2)
        #expect(try await rdd.filter { $0.0.hasSuffix("large") }.values().first() == large)
        #expect(try await rdd.take(1).count == 1)
    }

    @Test func emptyDirectoriesAndMissingFiles() async throws {
        try directory.write("none/_SUCCESS", "")
        #expect(try await context.wholeTextFiles(directory.path("none")).count() == 0)
        let path = directory.path("missing")
        #expect(await failure { try await context.wholeTextFiles(path).count() } as? FileError == .notFound(path: path))
        let count = await failure { try await context.wholeTextFiles(path, minPartitions: 0, line: 9).count() }
        #expect(count.map { "\($0)" }
            == "wholeTextFiles at WholeFileTests.swift:9: cannot make 0 partitions; there must be at least 1")
    }

    @Test func textThatIsNotUTF8() async throws {
        let path = try directory.write("mixed", Array("good\nb".utf8) + [0xFF] + Array("d\n".utf8))
        #expect(try await context.wholeTextFiles(path).values().collect() == ["good\nb\u{FFFD}d\n"])
        #expect(try await context.binaryFiles(path).values().collect()[0].count == 9)
        let strict = try makeContext("local[2]", "martlet.input.invalidUTF8=refuse")
        defer { strict.stop() }
        let text = await failure { try await strict.wholeTextFiles(path).collect() }.map { "\($0)" }
        #expect(text?.contains("\(path): the line at byte 5 is not valid UTF-8") == true, "\(text ?? "")")
        let marked = try directory.write("marked", [0xEF, 0xBB, 0xBF] + Array("a\rb".utf8) + [0xFF])
        let place = await failure { try await strict.wholeTextFiles(marked).collect() }.map { "\($0)" }
        #expect(place?.contains("\(marked): the line at byte 5 is not valid UTF-8") == true, "\(place ?? "")")
        let good = try directory.write("good", "caf\u{E9}\n")
        #expect(try await strict.wholeTextFiles(good).values().collect() == ["caf\u{E9}\n"])
    }

    @Test func corruptFiles() async throws {
        let path = try directory.write("cut.gz", storedGzip("zipped\n").dropLast(9))
        let text = await failure { try await context.wholeTextFiles(path).count() }.map { "\($0)" }
        #expect(text?.contains("\(path): the gzip data is cut short") == true, "\(text ?? "")")
    }
}

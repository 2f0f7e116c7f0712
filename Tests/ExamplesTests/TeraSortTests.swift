import Testing

@Suite struct TeraSortTests {
    @Test func sortsTheRecordsItMade() throws {
        let folder = try Folder()
        let outcome = try Example(name: "TeraSort").run(folder.path("in"), folder.path("out"), "--generate", "3000")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let records = Self.records(try folder.parts(of: "in"))
        #expect(Set(records).count == 3000)
        let sorted = records.sorted { $0.prefix(10).lexicographicallyPrecedes($1.prefix(10)) }
        #expect(Self.records(try folder.parts(of: "out")) == sorted)
    }

    @Test func overwritesNothing() throws {
        let folder = try Folder()
        _ = try Example(name: "TeraSort").run(folder.path("in"), folder.path("out"), "--generate", "10")
        let again = try Example(name: "TeraSort").run(folder.path("in"), folder.path("out"))
        #expect(again.status == 1)
        #expect(again.errors.contains("out: the output directory exists already; remove it or choose another"))
    }

    @Test func refusesHalfARecord() throws {
        let folder = try Folder()
        let file = try folder.write("half.bin", [String(repeating: "x", count: 149)])
        let outcome = try Example(name: "TeraSort").run(file, folder.path("out"))
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("150 bytes are not a whole number of records of 100 bytes"))
    }

    private static func records(_ bytes: [UInt8]) -> [[UInt8]] {
        stride(from: 0, to: bytes.count, by: 100).map { Array(bytes[$0..<min($0 + 100, bytes.count)]) }
    }
}

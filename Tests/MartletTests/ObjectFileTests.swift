import Martlet
import MartletFiles
import TestSupport
import Testing

@Suite struct ObjectFileTests {
    private let folder = TemporaryDirectory()
    private let context: MartletContext

    init() throws { context = try makeContext() }

    struct Reading: Equatable, Sendable {
        var place: String
        var values: [Double]
        var flag: Bool?
        var kind: Kind
        enum Kind: Equatable, Sendable { case plain, named(String), pair(Int, Int) }
    }

    @Test func roundTrips() async throws {
        let readings = (0..<5000).map { index in
            Reading(
                place: "place \(index % 7)", values: Array(repeating: Double(index) / 3, count: index % 5),
                flag: [nil, true, false][index % 3], kind: [.plain, .named("n\(index)"), .pair(index, -index)][index % 3])
        }
        try await context.parallelize(readings, partitions: 3).saveAsObjectFile(folder.path("readings"))
        let read = context.objectFile(folder.path("readings"), of: Reading.self)
        #expect(read.partitionCount == 3)
        #expect(try await read.collect() == readings)
        let pairs = context.range(0, 1000, partitions: 4).map { (["key": $0], Set([$0, $0 + 1])) }
        try await pairs.saveAsObjectFile(folder.path("pairs"))
        let sums = context.objectFile(folder.path("pairs"), of: ([String: Int], Set<Int>).self)
            .map { $0.0["key"]! + $0.1.count }
        #expect(try await sums.sum() == 499_500 + 2000)
    }

    @Test func emptyAndOne() async throws {
        try await context.emptyRDD(of: Int.self).saveAsObjectFile(folder.path("none"))
        #expect(try await context.objectFile(folder.path("none"), of: Int.self).count() == 0)
        try await context.parallelize([Int](), partitions: 3).saveAsObjectFile(folder.path("empty"))
        #expect(try await context.objectFile(folder.path("empty"), of: Int.self).collectPartitions() == [[], [], []])
        try await context.parallelize(["x"], partitions: 3).saveAsObjectFile(folder.path("one"))
        #expect(try await context.objectFile(folder.path("one"), of: String.self).collect() == ["x"])
    }

    @Test func anotherType() async throws {
        try await context.range(0, 10, partitions: 2).saveAsObjectFile(folder.path("ints"))
        let read = context.objectFile(folder.path("ints"), of: String.self)
        guard case JobError.taskFailed(let report)? = await failure(of: { try await read.count() }) else {
            Issue.record("no error")
            return
        }
        guard case ObjectFileError.otherType(let path, let expected)? = report.underlying as? ObjectFileError else {
            Issue.record("\(report.underlying)")
            return
        }
        #expect(path.contains("ints/part-0000") && expected == "String")
    }

    @Test(arguments: ["", "some text", String(repeating: "text that is no page\n", count: 1000)])
    func noObjectFile(_ text: String) async throws {
        let path = try folder.write("text/a.txt", text)
        let error = await failure { try await context.objectFile(folder.path("text"), of: Int.self).count() }
        guard case JobError.taskFailed(let report)? = error, let cause = report.underlying as? ObjectFileError,
            case .notAnObjectFile(path, _) = cause
        else {
            Issue.record("\(error.map { "\($0)" } ?? "no error")")
            return
        }
    }

    @Test func nothingThere() async throws {
        try folder.write("void/_hidden", "")
        for paths in [folder.path("void"), folder.path("void") + "," + folder.path("void")] {
            let error = await failure { try await context.objectFile(paths, of: Int.self).count() }
            #expect(error as? ObjectFileError == .nothingThere(paths: paths))
        }
        let error = await failure { try await context.objectFile(folder.path("nowhere"), of: Int.self).count() }
        #expect(error as? FileError == .notFound(path: folder.path("nowhere")))
    }

    @Test(.localOnly) func whatCannotBeEncoded() async throws {
        let counter = LiveCounter()
        let elements = context.range(0, 10, partitions: 2).map { Tracked($0, counter) }
        guard case JobError.taskFailed(let report)? = await failure(of: { try await elements.saveAsObjectFile(folder.path("no")) })
        else {
            Issue.record("no error")
            return
        }
        #expect(report.operation == "saveAsObjectFile" && "\(report.underlying)".contains("Tracked"))
        #expect(folder.names(in: "no") == nil)
        #expect(await eventually { counter.live == 0 })
        try await context.range(0, 10).saveAsObjectFile(folder.path("ints"))
        let read = context.objectFile(folder.path("ints"), of: Tracked.self)
        #expect("\(await failure { try await read.count() }!)".contains("Tracked"))
    }

    @Test(arguments: ["none", "lz4", "zstd"])
    func codecs(_ codec: String) async throws {
        let context = try makeContext("local[2]", "martlet.io.compression.codec=\(codec)")
        defer { context.stop() }
        try await context.range(0, 50_000, partitions: 2).map { $0 / 100 }.saveAsObjectFile(folder.path(codec))
        // Any context can read it.
        #expect(try await self.context.objectFile(folder.path("\(codec)/*"), of: Int.self).sum() == 12_475_000)
    }

    @Test func whatIsThereIsNotOverwritten() async throws {
        try await context.range(0, 10).saveAsObjectFile(folder.path("ints"))
        let error = await failure { try await context.range(0, 10).saveAsObjectFile(folder.path("ints")) }
        #expect("\(error!)".contains("exists"), "\(error!)")
    }

    @Test func aFailedTaskLeavesNothing() async throws {
        let error = await failure {
            try await context.range(0, 10_000, partitions: 2).map { number in
                if number == 9_999 { throw Refusal(value: number) }
                return number
            }.saveAsObjectFile(folder.path("failed"))
        }
        #expect("\(error!)".contains("9999 is refused"))
        #expect(folder.names(in: "failed") == nil)
    }

    @Test(arguments: [0.01, 0.4, 0.999])
    func damageIsNamed(_ position: Double) async throws {
        try await context.range(0, 1000, partitions: 1).saveAsObjectFile(folder.path("ints"))
        let path = folder.path("ints/part-00000")
        try flipBit(of: path, at: position)
        let error = await failure { try await context.objectFile(folder.path("ints"), of: Int.self).count() }
        #expect("\(error!)".contains(path) && "\(error!)".contains("expected"), "\(error!)")
    }
}

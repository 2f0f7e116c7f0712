import ChildProgram
import Martlet
import TestSupport
import Testing

/// Missing or damaged input, with the settings that skip it.
@Suite struct PassedOverFileTests {
    private let place = TemporaryDirectory()
    private let missing = "martlet.files.ignoreMissingFiles=true"
    private let corrupt = "martlet.files.ignoreCorruptFiles=true"

    private func names(_ context: MartletContext) -> [String] {
        context.passedOverFiles.map { String($0.path.dropFirst(place.path.count + 1)) + ($0.isMissing ? "?" : "") }
    }

    @Test func missingFiles() async throws {
        let context = try makeContext("local[2]", missing)
        defer { context.stop() }
        try place.write("a", "1\n")
        try place.write("b", "2\n")
        let (a, b, none) = (place.path("a"), place.path("b"), place.path("none"))
        #expect(try await context.textFile("\(a),\(none),\(b)").collect() == ["1", "2"])
        #expect(names(context) == ["none?"])
        #expect(try await context.textFile(none).count() == 0)
        #expect(try await context.textLines(place.path("x*")).count() == 0)
        #expect(names(context) == ["none?", "x*?"])
        // Removed after the input was planned.
        let rdd = context.textFile("\(a),\(b)")
        let whole = context.wholeTextFiles("\(a),\(b)")
        #expect(rdd.partitionCount == 2 && whole.partitionCount == 2)
        place.remove("a")
        #expect(try await rdd.collect() == ["2"])
        #expect(try await whole.values().collect() == ["2\n"])
        #expect(names(context) == ["a?", "none?", "x*?"])
        #expect(context.passedOverFiles[0].reason.contains("no such file"))
        // Damaged files do not count as missing.
        try place.write("c.gz", storedGzip("x\n").dropLast(3))
        #expect(await failure { try await context.textFile(place.path("c.gz")).count() } is JobError)
        let strict = try makeContext()
        defer { strict.stop() }
        #expect(await failure { try await strict.textFile(none).count() } != nil)
        #expect(strict.passedOverFiles.isEmpty)
    }

    @Test func corruptFiles() async throws {
        let context = try makeContext("local[2]", corrupt)
        defer { context.stop() }
        try place.write("in/1", "1\n")
        try place.write("in/2.gz", storedGzip("2\n3\n").dropLast(3))
        try place.write("in/3", [0x50, 0x4B, 3, 4])
        try place.write("in/4.gz", "")
        try place.write("in/5", "4\n")
        let path = place.path("in")
        for partitions in [1, 2, 5] {
            #expect(try await context.textFile(path, minPartitions: partitions).collect() == ["1", "2", "3", "4"])
        }
        #expect(try await context.textFile(path, delimiter: "\n").collect() == ["1", "2", "3", "4"])
        #expect(try await context.textLines(path).count() == 4)
        #expect(try await context.wholeTextFiles(path).values().collect() == ["1\n", "4\n"])
        #expect(names(context) == ["in/2.gz", "in/3", "in/4.gz"])
        // The reason for each file is reported once, however often the file is read.
        #expect(Set(context.passedOverFiles.map(\.reason)).count == 3)
        #expect(await failure { try await context.textFile(place.path("none")).count() } != nil)
    }

    @Test func objectFiles() async throws {
        let context = try makeContext("local[2]", corrupt, missing)
        defer { context.stop() }
        try await context.range(0, 30_000, partitions: 3).saveAsObjectFile(place.path("objects"))
        let rdd = context.objectFile(place.path("objects"), of: Int.self)
        #expect(try await rdd.count() == 30_000 && context.passedOverFiles.isEmpty)
        try cutInHalf(place.path("objects/part-00000"))
        place.remove("objects/part-00001")
        #expect(try await rdd.collect() == Array(20_000..<30_000))
        #expect(names(context) == ["objects/part-00000", "objects/part-00001?"])
        // Another type is a mistake, not damage.
        #expect(await failure { try await context.objectFile(place.path("objects/part-00002"), of: String.self).count() } != nil)
        try flipBit(of: place.path("objects/part-00002"), at: 0.5)
        #expect(try await rdd.count() < 10_000)
        #expect(names(context).count == 3)
    }

    /// A task that fails after it has skipped a file has not reported it.
    @Test func whatFailsTellsNothing() async throws {
        let context = try makeContext("local[2]", corrupt)
        defer { context.stop() }
        try place.write("a.gz", storedGzip("1\n").dropLast(3))
        let path = place.path("a.gz")
        _ = await failure { try await context.textFile(path).map { line in if line == "1" { throw Refusal(value: 1) } }.count() }
        #expect(context.passedOverFiles.isEmpty)
        #expect(try await context.textFile(path).count() == 1)
        #expect(context.passedOverFiles.count == 1)
        #expect(try await context.textFile(path).countApprox(timeout: .seconds(60)).finalValue.mean == 1)
    }

    /// Reported once on standard error, by the first reader.
    @Test(.localOnly, arguments: ["local[2]", "local-cluster[2,1,512]"])
    func saidOnce(_ master: String) throws {
        try place.write("in/1.gz", storedGzip("1\n").dropLast(3))
        try place.write("in/2.gz", storedGzip("2\n").dropLast(3))
        let program = Child.program("lenient-job")
        let child = try Child(["/bin/sh", "-c", "'\(program)' '\(master)' '\(place.path("in"))' 2>&1"])
        let lines = child.lines()
        #expect(child.wait() == 0)
        #expect(lines.last == "passed over 3, counted 2 2", "\(lines)")
        #expect((1...2).contains(lines.count - 1), "\(lines)")
        #expect(lines.dropLast().allSatisfy { $0.hasPrefix("martlet: passed over \(place.path)/in/") }, "\(lines)")
    }
}

import Glibc
import Martlet
import MartletFiles
import TestSupport
import Testing

@Suite struct BadInputTests {
    let context: MartletContext
    let directory = TemporaryDirectory()

    init() throws { context = try makeContext() }

    /// Every action on an RDD that cannot be computed, and on RDDs derived from it, throws the same error.
    private func expectFailure<Element>(of rdd: RDD<Element>, _ text: String) async {
        let actions: [(String, () async throws -> Void)] = [
            ("collect", { _ = try await rdd.collect() }), ("count", { _ = try await rdd.count() }),
            ("take", { _ = try await rdd.take(1) }), ("first", { _ = try await rdd.first() }),
            ("isEmpty", { _ = try await rdd.isEmpty() }), ("foreach", { try await rdd.foreach { _ in } }),
            ("map.take", { _ = try await rdd.map { $0 }.take(1) }),
            ("map.isEmpty", { _ = try await rdd.map { $0 }.isEmpty() }),
            ("filter.count", { _ = try await rdd.filter { _ in true }.count() }),
            ("coalesce.take", { _ = try await rdd.coalesce(2).take(1) }),
            ("repartition.count", { _ = try await rdd.repartition(2).count() }),
            ("union.count", { _ = try await rdd.union(rdd).count() }),
            ("union of a map", { _ = try await rdd.map { $0 }.union(rdd.context.emptyRDD()).count() }),
            ("union of a map, take", { _ = try await rdd.map { $0 }.union(rdd.context.emptyRDD()).take(1) }),
            ("save", { try await rdd.saveAsTextFile(directory.path("out")) }),
            ("map.save", { try await rdd.map { $0 }.saveAsTextFile(directory.path("out")) }),
        ]
        for (name, action) in actions {
            let error = await failure { try await action() }
            #expect(error.map { "\($0)" } == text, "\(name)")
        }
        #expect(directory.names(in: "out") == nil)
    }

    @Test(arguments: [0, -1, .min])
    func partitionCounts(_ count: Int) async throws {
        let rdd = context.range(0, 10, partitions: 2)
        let pairs = rdd.keyBy { $0 }
        func text(_ operation: String) -> String {
            "\(operation) at BadInputTests.swift:9: cannot make \(count) partitions; there must be at least 1"
        }
        await expectFailure(of: context.range(0, 5, partitions: count, line: 9), text("range"))
        await expectFailure(of: context.parallelize([1], partitions: count, line: 9), text("parallelize"))
        await expectFailure(of: rdd.coalesce(count, line: 9), text("coalesce"))
        await expectFailure(of: rdd.coalesce(count, shuffle: true, line: 9), text("coalesce"))
        await expectFailure(of: rdd.repartition(count, line: 9), text("repartition"))
        await expectFailure(of: rdd.distinct(partitions: count, line: 9), text("distinct"))
        await expectFailure(of: rdd.sortBy(partitions: count, { $0 }, line: 9), text("sortBy"))
        await expectFailure(of: pairs.sortByKey(partitions: count, line: 9), text("sortByKey"))
        await expectFailure(of: pairs.partitionBy(.hash(count), line: 9), text("partitionBy"))
        await expectFailure(of: pairs.reduceByKey(partitions: count, +, line: 9), text("reduceByKey"))
        await expectFailure(of: pairs.reduceByKey(partitioner: .hash(count), +, line: 9), text("reduceByKey"))
        await expectFailure(
            of: pairs.aggregateByKey(0, partitions: count, +, combine: +, line: 9), text("aggregateByKey"))
        await expectFailure(of: pairs.groupByKey(partitions: count, line: 9), text("groupByKey"))
        await expectFailure(of: pairs.join(pairs, partitioner: .hash(count), line: 9), text("join"))
        await expectFailure(of: pairs.cogroup(pairs, partitioner: .hash(count), line: 9), text("cogroup"))
        await expectFailure(of: context.textFile("/dev/null", minPartitions: count, line: 9), text("textFile"))
    }

    @Test func otherArguments() async throws {
        await expectFailure(
            of: context.range(0, 5, step: 0, line: 9), "range at BadInputTests.swift:9: the step is 0")
        await expectFailure(
            of: context.binaryRecords("/dev/null", length: 0, line: 9),
            "binaryRecords at BadInputTests.swift:9: a record cannot have 0 bytes")
    }

    @Test func missingInput() async throws {
        let path = directory.path("none.txt")
        await expectFailure(of: context.textFile(path), "\(FileError.notFound(path: path))")
        let pattern = directory.path("none*")
        await expectFailure(of: context.textFile(pattern), "\(FileError.notFound(path: pattern))")
        let present = try directory.write("there.txt", "x\n")
        await expectFailure(of: context.textFile("\(present),\(path)"), "\(FileError.notFound(path: path))")
    }

    @Test func inputThatIsNoFile() async throws {
        let pipe = directory.path("pipe")
        #expect(mkfifo(pipe, 0o600) == 0)
        #expect(await failure { try await context.textFile(pipe).count() } is FileError)
    }

    @Test func compressedInput() async throws {
        let text = "first\nsecond\n"
        let whole = try directory.write("whole.gz", storedGzip(text))
        #expect(try await context.textFile(whole).collect() == ["first", "second"])
        var bytes = storedGzip(text)
        bytes[17] ^= 1
        let corrupt = try directory.write("corrupt.gz", bytes)
        let error = await failure { try await context.textFile(corrupt).count() }
        let message = try #require(error.map { "\($0)" })
        #expect(error is JobError)
        #expect(message.contains("\(corrupt): corrupt gzip data"), "\(message)")
        let cut = try directory.write("cut.gz", storedGzip(text).dropLast(9))
        let cutMessage = await failure { try await context.textFile(cut).count() }.map { "\($0)" }
        #expect(cutMessage?.contains("\(cut): the gzip data is cut short") == true, "\(cutMessage ?? "no error")")
    }

    @Test func textThatIsNotUTF8() async throws {
        let path = try directory.write("mixed.txt", Array("good\nb".utf8) + [0xFF, 0xFE] + Array("d line\nlast\n".utf8))
        #expect(try await context.textFile(path).collect() == ["good", "b\u{FFFD}\u{FFFD}d line", "last"])
        let strict = try makeContext("local[2]", "martlet.input.invalidUTF8=refuse")
        defer { strict.stop() }
        let error = await failure { try await strict.textFile(path, minPartitions: 1).collect() }
        let text = try #require(error.map { "\($0)" })
        #expect(text.contains("\(path): the line at byte 5 is not valid UTF-8; set martlet.input.invalidUTF8=replace"), "\(text)")
    }

    @Test func existingOutputIsNotTouched() async throws {
        try directory.write("out/keep.txt", "mine")
        let path = directory.path("out")
        let calls = CallCounter()
        let rdd = context.range(0, 3).map { calls.add() + $0 }
        #expect(await failure { try await rdd.saveAsTextFile(path) } as? FileError == .outputExists(path: path))
        #expect(directory.names(in: "out") == ["keep.txt"])
        #expect(calls.count == 0)
    }

    @Test func aFailedJobLeavesNoOutput() async throws {
        let path = directory.path("failed")
        let error = await failure {
            try await context.range(0, 100, partitions: 4).map { value in
                if value == 99 { throw Refusal(value: value) }
                return value
            }.saveAsTextFile(path)
        }
        #expect(error is JobError)
        #expect(directory.names(in: "failed")?.contains("_SUCCESS") != true)
        try await context.range(0, 3).saveAsTextFile(path)
        #expect(directory.names(in: "failed")?.contains("_SUCCESS") == true)
    }

    @Test(.localOnly) func mastersAndSettings() {
        func text(_ body: () throws -> Void) -> String? {
            do { try body() } catch { return "\(error)" }
            return nil
        }
        #expect(text { _ = try makeContext("lokal[2]") }?.contains("did you mean local[2]?") == true)
        #expect(text { _ = try makeContext("yarn") }?.hasPrefix("unknown master 'yarn'; accepted are local") == true)
        #expect(text { _ = try makeContext("local[0]") }?.contains("slots must be 1 to") == true)
        #expect(
            text { _ = try makeContext("local", "martlet.batch.byte=64k") }
                == "unknown setting martlet.batch.byte; did you mean martlet.batch.bytes?")
        #expect(
            text { _ = try makeContext("local", "martlet.batch.bytes=lots") }?
                .hasPrefix("martlet.batch.bytes can not be 'lots'; accepted is a size") == true)
    }
}

/// A gzip file whose one block is stored, not compressed.
func storedGzip(_ text: String) -> [UInt8] {
    let bytes = Array(text.utf8)
    precondition(bytes.count < 1 << 16, "a stored block has two bytes of length")
    func little(_ number: UInt32, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: number >> UInt32($0 * 8)) }
    }
    let length = UInt32(bytes.count)
    var checksum: UInt32 = .max
    for byte in bytes {
        checksum ^= UInt32(byte)
        for _ in 0..<8 { checksum = checksum & 1 == 1 ? checksum >> 1 ^ 0xEDB8_8320 : checksum >> 1 }
    }
    return [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255, 1] + little(length, 2) + little(~length, 2) + bytes
        + little(~checksum, 4) + little(length, 4)
}

import Glibc
import Martlet
import Synchronization
import TestSupport
import Testing

/// Cached partitions that cannot be stored or read.
@Suite(.localOnly) struct LostBlockTests {
    private let place = TemporaryDirectory()

    private func context(_ settings: String...) throws -> MartletContext {
        try makeContext("local[2]", ["martlet.local.dir=\(place.path("a"))"] + settings)
    }

    private func blockFiles() -> [String] { files(under: place.path).filter { $0.contains("/rdd_") } }

    /// Whichever bit is flipped, the results are correct, and the partition is recomputed, once.
    @Test(arguments: [0.0, 0.01, 0.3, 0.5, 0.7, 0.9, 0.999])
    func damageIsMended(_ position: Double) async throws {
        let context = try context()
        let calls = CallCounter()
        let numbers = context.range(0, 200_000, partitions: 2).map { number in
            calls.add()
            return number &* 7919 % 1_000_003
        }.persist(.diskOnly)
        let expected = (0..<200_000).map { $0 &* 7919 % 1_000_003 }
        let watch = FailureWatch()
        context.addListener(watch)
        #expect(try await numbers.collect() == expected)
        let damaged = try #require(blockFiles().first)
        try flipBit(of: damaged, at: position)
        #expect(try await numbers.collect() == expected)
        #expect(calls.count == 300_000 && numbers.cachedPartitionCount == 2)
        #expect(!blockFiles().contains(damaged))
        #expect(try await numbers.collect() == expected)
        #expect(calls.count == 300_000)
        context.stop()
        let texts = watch.texts
        #expect(texts.count == 1 && texts.allSatisfy { $0.contains(damaged) && $0.contains("expected") }, "\(texts)")
    }

    @Test func aFileThatIsGone() async throws {
        let context = try context()
        defer { context.stop() }
        let numbers = context.range(0, 1000, partitions: 3).persist(.diskOnly)
        #expect(try await numbers.sum() == 499_500)
        for file in blockFiles() { unlink(file) }
        #expect(try await numbers.sum() == 499_500)
        #expect(numbers.cachedPartitionCount == 3 && blockFiles().count == 3)
    }

    /// One task reads many damaged partitions: each loss costs it an attempt that is not counted.
    @Test func manyLostBlocksInOneTask() async throws {
        let context = try context()
        defer { context.stop() }
        let numbers = context.range(0, 1000, partitions: 20).persist(.diskOnly)
        #expect(try await numbers.count() == 1000)
        for file in blockFiles() { try flipBit(of: file, at: 0.4) }
        #expect(try await numbers.coalesce(1).collect() == Array(0..<1000))
        #expect(numbers.cachedPartitionCount == 20)
    }

    /// The lost partition lies behind a shuffle whose output is lost too.
    @Test(.localOnly) func aShuffleIsMadeAgain() async throws {
        let context = try context()
        defer { context.stop() }
        let sums = context.range(0, 1000, partitions: 4).map { ($0 % 10, $0) }.reduceByKey(partitions: 3) { $0 + $1 }
            .persist(.diskOnly)
        let expected = try await sums.collectAsMap()
        for shuffle in sums.lineage.shuffles.keys { context.driver.environment?.shuffles.remove(shuffle) }
        for file in blockFiles() { unlink(file) }
        #expect(try await sums.mapValues { $0 }.collectAsMap() == expected)
    }

    @Test(.localOnly, arguments: [StorageLevel.memoryOnlySer, .memoryAndDisk, .memoryAndDiskSer, .diskOnly])
    func whatCannotBeEncoded(_ level: StorageLevel) async throws {
        let context = try context()
        defer { context.stop() }
        let counter = LiveCounter()
        let elements = context.range(0, 10, partitions: 2).map { ($0, Tracked($0, counter)) }.persist(level)
        let error = await failure { try await elements.count() }
        guard case JobError.taskFailed(let report)? = error else {
            Issue.record("\(error.map { "\($0)" } ?? "no error")")
            return
        }
        #expect(report.operation == "map" && report.callSite?.description.contains("LostBlockTests.swift") == true)
        #expect("\(report.underlying)".contains("Tracked"))
        #expect(await eventually { counter.live == 0 && context.heldBytes == 0 && blockFiles().isEmpty })
        #expect(try await elements.unpersist().count() == 10)
    }

    struct Fickle: Codable, Sendable {
        // A class without `Codable` cannot be encoded, so the `Codable` of the struct is used.
        private var box = Box()
        let value: Int
        init(_ value: Int) { self.value = value }
        init(from decoder: any Decoder) throws { value = try decoder.singleValueContainer().decode(Int.self) }
        func encode(to encoder: any Encoder) throws {
            if value == 7 { throw Refusal(value: 7) }
            var container = encoder.singleValueContainer()
            try container.encode(value)
        }
        final class Box: Sendable {}
    }

    /// A value whose encoding fails when its block has to leave memory: the block is dropped, and recomputed.
    @Test func aBlockThatCannotLeaveIsDropped() async throws {
        let context = try context("martlet.executor.memory=64k")
        defer { context.stop() }
        // Few enough for all to be in memory first, whatever two tasks take at once; then more than the memory.
        let old = context.range(0, 400, partitions: 4).map { Fickle($0) }.persist(.memoryAndDisk)
        #expect(try await old.count() == 400)
        let new = context.range(0, 8000, partitions: 4).cache()
        #expect(try await new.count() == 8000)
        #expect(old.cachedPartitionCount == 3)
        #expect(try await old.map(\.value).sum() == 79_800)
    }

    @Test func aPlaceThatCannotBeUsed() async throws {
        try place.write("a", "a file")
        let context = try context()
        defer { context.stop() }
        let error = await failure { try await context.range(0, 10).persist(.diskOnly).count() }
        #expect("\(error!)".contains(place.path("a")))
        #expect(try await context.range(0, 10).persist(.memoryAndDisk).count() == 10)
    }

    /// The disk fails under the blocks: lost blocks are recomputed, and blocks that cannot be written cause an error that
    /// names the disk.
    @Test func aDiskThatGoesAway() async throws {
        let context = try context("martlet.executor.memory=64k")
        defer { context.stop() }
        let onDisk = context.range(0, 1000, partitions: 2).persist(.diskOnly)
        let inMemory = context.range(0, 1000, partitions: 2).persist(.memoryAndDisk)
        #expect(try await onDisk.count() == 1000)
        #expect(try await inMemory.count() == 1000)
        removeAll(place.path("a"))
        // A file is in its place, so that no directory can be made.
        try place.write("a", "a file")
        let error = await failure { try await onDisk.count() }
        #expect(error.map { "\($0)" }?.contains(place.path("a")) == true, "\(error.map { "\($0)" } ?? "no error")")
        #expect(onDisk.cachedPartitionCount < 2)
        #expect(try await onDisk.unpersist().count() == 1000)
        // Evicted without a place to spill to: dropped.
        #expect(try await context.range(0, 5000, partitions: 4).cache().count() == 5000)
        #expect(inMemory.cachedPartitionCount < 2)
        #expect(try await inMemory.map { $0 }.sum() == 499_500)
    }

    private func removeAll(_ path: String) {
        for name in directoryContents(of: path) ?? [] { removeAll(path + "/" + name) }
        if unlink(path) != 0 { rmdir(path) }
    }

    @Test(arguments: StorageLevelTests.levels)
    func failingFunctions(_ level: StorageLevel) async throws {
        let context = try context("martlet.executor.memory=64k")
        defer { context.stop() }
        let error = await failure {
            try await context.range(0, 40_000, partitions: 2).map { number in
                if number == 39_999 { throw Refusal(value: number) }
                return "\(number)"
            }.persist(level).count()
        }
        #expect("\(error!)".contains("39999 is refused"))
        #expect(await eventually { context.heldBytes == 0 && files(under: place.path).allSatisfy { $0.hasSuffix("owner.lock") } })
    }

    @Test(.localOnly, arguments: StorageLevelTests.levels)
    func cancelledJobs(_ level: StorageLevel) async throws {
        let context = try context("martlet.executor.memory=64k")
        defer { context.stop() }
        let gate = Gate()
        let task = Task {
            try await context.range(0, 40_000, partitions: 2).map { number in
                if number == 19_990 { gate.pass() }
                return "\(number)"
            }.persist(level).count()
        }
        #expect(await eventually { gate.arrivals == 1 })
        task.cancel()
        #expect(await failure { try await task.value } is CancellationError)
        #expect(await eventually { context.heldBytes == 0 && files(under: place.path).allSatisfy { $0.hasSuffix("owner.lock") } })
    }
}

private final class FailureWatch: MartletListener {
    private let seen = Mutex<[String]>([])
    var texts: [String] { seen.withLock { $0 } }

    func onTaskEnd(_ task: TaskSummary) {
        if case .failed(let text) = task.state { seen.withLock { $0.append(text) } }
    }
}

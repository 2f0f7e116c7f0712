import Glibc
import Martlet
import TestSupport
import Testing

/// Levels with disk, and with encoded partitions: the same results, files that are removed, and no partition computed
/// twice.
@Suite(.localOnly) struct StorageLevelTests {
    private let place = TemporaryDirectory()

    static let levels: [StorageLevel] = [
        .memoryOnly, .memoryOnly2, .memoryOnlySer, .memoryOnlySer2, .memoryAndDisk, .memoryAndDisk2, .memoryAndDiskSer,
        .memoryAndDiskSer2, .diskOnly, .diskOnly2, .diskOnly3,
    ]

    private func context(_ settings: String...) throws -> MartletContext {
        try makeContext("local[2]", ["martlet.local.dir=\(place.path("a")),\(place.path("b"))"] + settings)
    }

    private func blockFiles() -> [String] { files(under: place.path).filter { $0.contains("/rdd_") } }

    @Test(.localOnly, arguments: levels)
    func roundTrip(_ level: StorageLevel) async throws {
        let context = try context()
        let calls = CallCounter()
        let words = context.range(0, 20_000, partitions: 5).map { number in
            calls.add()
            return "word number \(number)"
        }.persist(level)
        let expected = (0..<20_000).map { "word number \($0)" }
        for _ in 0..<3 { #expect(try await words.collect() == expected) }
        #expect(calls.count == 20_000 && words.cachedPartitionCount == 5)
        let storage = try #require(context.persistentRDDs.first)
        #expect(storage.storageLevel == level && storage.cachedPartitionCount == 5)
        #expect(storage.memoryPartitionCount == (level.usesMemory ? 5 : 0) && storage.diskPartitionCount == blockFiles().count)
        #expect(storage.diskPartitionCount == (level.usesMemory ? 0 : 5))
        #expect((storage.memoryBytes > 0) == level.usesMemory && (storage.diskBytes > 0) == !level.usesMemory)
        #expect(words.cachedBytes == storage.memoryBytes && context.heldBytes == storage.memoryBytes)
        words.unpersist()
        #expect(blockFiles().isEmpty && words.cachedPartitionCount == 0 && context.heldBytes == 0)
        #expect(try await words.count() == 20_000)
        #expect(calls.count == 40_000)
        context.stop()
        #expect(files(under: place.path) == [])
        #expect(openFiles(under: place.path) == [])
    }

    @Test(arguments: levels)
    func shapes(_ level: StorageLevel) async throws {
        let context = try context()
        defer { context.stop() }
        let none = context.emptyRDD(of: Int.self).persist(level)
        #expect(try await none.count() == 0)
        #expect(try await none.count() == 0)
        let holes = context.parallelize([1], partitions: 4).persist(level)
        #expect(try await holes.collectPartitions() == holes.collectPartitions())
        #expect(try await holes.collect() == [1] && holes.cachedPartitionCount == 4)
        let voids = context.range(0, 100, partitions: 2).map { _ in () }.persist(level)
        #expect(try await voids.count() == 100)
        #expect(try await voids.count() == 100)
        let pairs = context.range(0, 1000, partitions: 2).map { ($0 % 10, "\($0)") }.persist(level)
        _ = try await pairs.count()
        #expect(try await pairs.groupByKey(partitions: 3).mapValues(\.count).collectAsMap().values.allSatisfy { $0 == 100 })
        let first = context.range(0, 1000, partitions: 4).persist(level)
        #expect(try await first.take(3) == [0, 1, 2] && first.cachedPartitionCount == 1)
    }

    /// 800 kB in 256 kB: memory alone keeps a part; with disk, no partition is computed twice.
    @Test(.localOnly, arguments: levels)
    func whatDoesNotFit(_ level: StorageLevel) async throws {
        let context = try context("martlet.executor.memory=256k")
        let calls = CallCounter()
        let numbers = context.range(0, 100_000, partitions: 10).map { number in
            calls.add()
            return number
        }.persist(level)
        let expected = Array(0..<100_000)
        #expect(try await numbers.collect() == expected)
        #expect(context.heldBytes <= 256 << 10)
        let kept = numbers.cachedPartitionCount
        let storage = try #require(context.persistentRDDs.first)
        if level.usesDisk {
            #expect(kept == 10 && storage.diskPartitionCount == blockFiles().count && storage.diskPartitionCount > 0)
            #expect((storage.memoryPartitionCount > 0) == level.usesMemory)
        } else {
            #expect(kept > 0 && kept < 10 && blockFiles().isEmpty)
        }
        let before = calls.count
        #expect(try await numbers.collect() == expected)
        #expect(calls.count - before == (10 - kept) * 10_000)
        context.stop()
        #expect(files(under: place.path) == [])
        #expect(openFiles(under: place.path) == [])
    }

    /// A partition that is larger than all memory, encoded or not.
    @Test(arguments: levels)
    func onePartitionThatIsLargerThanEverything(_ level: StorageLevel) async throws {
        let context = try context("martlet.executor.memory=64k", "martlet.io.compression.codec=none")
        defer { context.stop() }
        let numbers = context.range(0, 100_000, partitions: 1).persist(level)
        for _ in 0..<2 { #expect(try await numbers.collect() == Array(0..<100_000)) }
        #expect(numbers.cachedPartitionCount == (level.usesDisk ? 1 : 0) && context.heldBytes == 0)
    }

    @Test(arguments: [StorageLevel.memoryAndDisk, .memoryAndDiskSer])
    func whatHasToMakeRoomGoesToDisk(_ level: StorageLevel) async throws {
        let context = try context("martlet.executor.memory=512k")
        let calls = CallCounter()
        let old = context.range(0, 20_000, partitions: 4).map { number in
            calls.add()
            return "\(number)"
        }.persist(level)
        #expect(try await old.count() == 20_000)
        let new = context.range(0, 50_000, partitions: 4).cache()
        #expect(try await new.count() == 50_000)
        #expect(!blockFiles().isEmpty && old.cachedPartitionCount == 4)
        #expect(try await old.collect() == (0..<20_000).map { "\($0)" })
        #expect(calls.count == 20_000)
        old.unpersist()
        #expect(blockFiles().isEmpty)
        context.stop()
    }

    @Test func aShufflePushesPartitionsToDisk() async throws {
        let context = try context("martlet.executor.memory=512k", "martlet.memory.storageFraction=0")
        defer { context.stop() }
        let calls = CallCounter()
        let kept = context.range(0, 40_000, partitions: 4).map { number in
            calls.add()
            return number
        }.persist(.memoryAndDisk)
        #expect(try await kept.count() == 40_000)
        #expect(try await context.range(0, 40_000, partitions: 4).map { ($0, $0) }.groupByKey(partitions: 3).count() == 40_000)
        #expect(!blockFiles().isEmpty)
        #expect(try await kept.sum() == 799_980_000)
        #expect(calls.count == 40_000)
    }

    /// Encoded numbers in sequence compress well; in memory they are only compressed on request.
    @Test func compression() async throws {
        var sizes: [Int] = []
        for compress in ["false", "true"] {
            let context = try context("martlet.rdd.compress=\(compress)")
            defer { context.stop() }
            let numbers = context.range(0, 100_000, partitions: 2).map { $0 / 1000 }.persist(.memoryOnlySer)
            #expect(try await numbers.sum() == numbers.sum())
            sizes.append(numbers.cachedBytes)
        }
        #expect(sizes[0] >= 800_000 && sizes[0] < 900_000 && sizes[1] < sizes[0] / 4)
    }

    @Test func ownersThatGoTakeTheirFilesAlong() async throws {
        let context = try context()
        defer { context.stop() }
        do {
            let numbers = context.range(0, 1000, partitions: 3).persist(.diskOnly)
            #expect(try await numbers.count() == 1000)
            #expect(blockFiles().count == 3)
        }
        #expect(await eventually { blockFiles().isEmpty })
    }

    @Test(.localOnly, arguments: [false, true])
    func unpersist(_ blocking: Bool) async throws {
        let context = try context()
        defer { context.stop() }
        let counter = LiveCounter()
        let elements = context.range(0, 1000, partitions: 3).map { Tracked($0, counter) }.cache()
        let numbers = context.range(0, 1000, partitions: 3).persist(.diskOnly)
        #expect(try await elements.count() == 1000)
        #expect(try await numbers.count() == 1000)
        await elements.unpersist(blocking: blocking)
        await numbers.unpersist(blocking: blocking)
        await numbers.unpersist(blocking: blocking)
        if blocking { #expect(counter.live == 0 && blockFiles().isEmpty && context.heldBytes == 0) }
        #expect(await eventually { counter.live == 0 && blockFiles().isEmpty && context.heldBytes == 0 })
        #expect(elements.storageLevel == .none && numbers.storageLevel == .none)
        #expect(try await numbers.count() == 1000 && numbers.cachedPartitionCount == 0)
    }

    /// A task that reads while the RDD is unpersisted keeps its open blocks.
    @Test(.localOnly, arguments: levels)
    func readersGoOn(_ level: StorageLevel) async throws {
        let context = try context("martlet.batch.bytes=4k")
        defer { context.stop() }
        let numbers = context.range(0, 200_000, partitions: 1).persist(level)
        #expect(try await numbers.count() == 200_000)
        let gate = Gate()
        let sum = Task {
            try await numbers.map { number in
                if number == 10 { gate.pass() }
                return number
            }.sum()
        }
        #expect(await eventually { gate.arrivals == 1 })
        numbers.unpersist()
        #expect(blockFiles().isEmpty)
        gate.open()
        #expect(try await sum.value == 19_999_900_000)
        #expect(await eventually { context.heldBytes == 0 && openFiles(under: place.path).allSatisfy { $0.hasSuffix("owner.lock") } })
    }

    @Test func anotherLevelIsAConflict() async throws {
        let context = try context()
        defer { context.stop() }
        let numbers = context.range(0, 10, partitions: 2).persist(.memoryAndDisk)
        let next = numbers.map { $0 + 1 }
        #expect(try await numbers.persist(.memoryAndDisk).count() == 10)
        numbers.cache()
        #expect(numbers.storageLevel == .memoryAndDisk)
        for rdd in [numbers, next, numbers.map { $0 - 1 }] {
            let error = await failure { try await rdd.count() } as? ArgumentError
            #expect(error?.operation == "persist" && error?.problem.contains("memoryAndDisk; call unpersist()") == true)
            #expect(error?.callSite.description.contains("StorageLevelTests.swift") == true)
        }
        numbers.unpersist()
        #expect(try await next.count() == 10)
        #expect(try await numbers.persist(.diskOnly).count() == 10 && numbers.storageLevel == .diskOnly)
        #expect(numbers.persist(.none).storageLevel == .none && blockFiles().isEmpty)
    }
}

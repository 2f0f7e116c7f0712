import Glibc
import Martlet
import TestSupport
import Testing

/// `localCheckpoint()`: cached partitions that replace a lineage.
@Suite(.localOnly) struct LocalCheckpointTests {
    private let place = TemporaryDirectory()

    private func context(_ settings: String...) throws -> MartletContext {
        try makeContext("local[2]", ["martlet.local.dir=\(place.path)"] + settings)
    }

    private func blockFiles() -> [String] { files(under: place.path).filter { $0.contains("/rdd_") } }

    @Test func theFirstActionCuts() async throws {
        let context = try context()
        defer { context.stop() }
        let calls = CallCounter()
        let numbers = context.range(0, 1000, partitions: 5).map { number in
            calls.add()
            return number
        }.localCheckpoint()
        #expect(!numbers.isCheckpointed && numbers.storageLevel == .memoryAndDisk)
        // The action computes one partition; the others follow.
        #expect(try await numbers.first() == 0)
        #expect(numbers.isCheckpointed && numbers.checkpointFile == nil && numbers.dependencies.isEmpty)
        #expect(calls.count == 1000 && numbers.cachedPartitionCount == 5)
        #expect(try await numbers.collect() == Array(0..<1000))
        #expect(calls.count == 1000 && numbers.toDebugString.contains("Checkpoint: cached partitions"))
    }

    @Test(arguments: [
        (StorageLevel.none, StorageLevel.memoryAndDisk), (.memoryOnly, .memoryAndDisk), (.memoryOnlySer, .memoryAndDiskSer),
        (.memoryOnly2, .memoryAndDisk2), (.memoryAndDiskSer2, .memoryAndDiskSer2), (.diskOnly, .diskOnly),
    ])
    func levels(_ before: StorageLevel, _ after: StorageLevel) async throws {
        let context = try context("martlet.executor.memory=64k")
        defer { context.stop() }
        let numbers = context.range(0, 50_000, partitions: 4).map { $0 }.persist(before).localCheckpoint()
        #expect(numbers.storageLevel == after)
        #expect(try await numbers.count() == 50_000 && numbers.isCheckpointed)
        #expect(try await context.range(0, 8_000, partitions: 4).cache().count() == 8_000)
        #expect(try await numbers.collect() == Array(0..<50_000))
        // The storage level keeps its use of the disk.
        if before.usesMemory { #expect(try await numbers.persist(before).count() == 50_000 && numbers.storageLevel == after) }
    }

    @Test func whatIsLostCannotBeComputed() async throws {
        let context = try context()
        defer { context.stop() }
        let numbers = context.range(0, 1000, partitions: 2).map { $0 }.persist(.diskOnly).localCheckpoint()
        #expect(try await numbers.count() == 1000)
        try flipBit(of: try #require(blockFiles().first), at: 0.5)
        for rdd in [numbers, numbers.map { $0 + 1 }] {
            guard case JobError.taskFailed(let report)? = await failure(of: { try await rdd.sum() }) else {
                Issue.record("no error")
                continue
            }
            let error = report.underlying as? LostCheckpointError
            #expect(error?.rdd == numbers.id && error?.description.contains("use checkpoint()") == true)
            #expect(error?.callSite.description.contains("LocalCheckpointTests.swift") == true)
        }
        numbers.unpersist()
        #expect(await failure { try await numbers.first() } is JobError)
    }

    @Test func shapes() async throws {
        let context = try context()
        defer { context.stop() }
        let none = context.emptyRDD(of: Int.self).localCheckpoint()
        #expect(try await none.count() == 0 && none.isCheckpointed)
        let holes = context.parallelize(["x"], partitions: 4).localCheckpoint()
        #expect(try await holes.collect() == ["x"] && holes.isCheckpointed)
        #expect(try await holes.collect() == ["x"])
    }

    @Test func theLastMarkCounts() async throws {
        let context = try context("martlet.checkpoint.dir=\(place.path("kept"))")
        defer { context.stop() }
        let first = context.range(0, 10, partitions: 2).map { $0 }.checkpoint().localCheckpoint()
        #expect(try await first.count() == 10 && first.isCheckpointed && first.checkpointFile == nil)
        let second = context.range(0, 10, partitions: 2).map { $0 }.localCheckpoint().checkpoint()
        #expect(try await second.count() == 10 && second.checkpointFile != nil)
    }

    @Test func unpersistedBeforeTheAction() async throws {
        let context = try context()
        defer { context.stop() }
        let numbers = context.range(0, 10, partitions: 2).map { $0 }.localCheckpoint()
        numbers.unpersist()
        #expect(try await numbers.count() == 10)
        #expect(numbers.isCheckpointed && numbers.storageLevel == .memoryAndDisk && numbers.cachedPartitionCount == 2)
        #expect(context.persistentRDDs.map(\.id) == [numbers.id])
    }

    @Test func itGoesWithItsOwner() async throws {
        let context = try context()
        defer { context.stop() }
        do {
            let numbers = context.range(0, 1000, partitions: 2).persist(.diskOnly).localCheckpoint()
            #expect(try await numbers.count() == 1000 && blockFiles().count == 2)
        }
        #expect(await eventually { blockFiles().isEmpty && context.persistentRDDs.isEmpty })
    }
}

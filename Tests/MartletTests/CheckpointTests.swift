import Glibc
import Martlet
import TestSupport
import Testing

/// `checkpoint()`: files that replace a lineage.
@Suite struct CheckpointTests {
    private let place = TemporaryDirectory()

    private func context(_ settings: String...) throws -> MartletContext {
        try makeContext(
            "local[2]", ["martlet.local.dir=\(place.path("local"))", "martlet.checkpoint.dir=\(place.path("kept"))"] + settings)
    }

    private func parts() -> [String] { files(under: place.path("kept")).filter { $0.contains("/part-") } }

    @Test func theFirstActionWritesAndCuts() async throws {
        let context = try context()
        let calls = CallCounter()
        let numbers = context.range(0, 1000, partitions: 3).map { number in
            calls.add()
            return number
        }.checkpoint()
        let doubled = numbers.map { $0 * 2 }
        #expect(!numbers.isCheckpointed && numbers.checkpointFile == nil && numbers.dependencies.count == 1)
        #expect(try await numbers.sum() == 499_500)
        #expect(calls.count == 2000, "once for the action, once for the files")
        #expect(numbers.isCheckpointed && numbers.dependencies.isEmpty && parts().count == 3)
        let path = try #require(numbers.checkpointFile)
        #expect(path.hasPrefix(place.path("kept") + "/local-") && path.hasSuffix("/rdd-\(numbers.id)"))
        #expect(parts().allSatisfy { $0.hasPrefix(path) } && files(under: path).contains(path + "/_SUCCESS"))
        #expect(try await numbers.collect() == Array(0..<1000))
        #expect(try await doubled.sum() == 999_000)
        #expect(calls.count == 2000)
        #expect(numbers.toDebugString.hasSuffix("      Checkpoint: \(path)") && !numbers.toDebugString.contains("range"))
        #expect(doubled.explain().contains("from checkpoint \(path)"))
        context.stop()
        #expect(parts().count == 3 && openFiles(under: place.path).isEmpty)
        let other = try self.context()
        defer { other.stop() }
        #expect(try await other.objectFile(path, of: Int.self).sum() == 499_500)
    }

    @Test func whatIsCachedIsNotComputedTwice() async throws {
        let context = try context()
        defer { context.stop() }
        let calls = CallCounter()
        let numbers = context.range(0, 100, partitions: 3).map { number in
            calls.add()
            return number
        }.cache().checkpoint()
        #expect(try await numbers.sum() == 4950 && numbers.isCheckpointed)
        #expect(calls.count == 100)
        numbers.unpersist()
        #expect(try await numbers.sum() == 4950)
        #expect(calls.count == 100)
    }

    @Test func afterAJobHasRunAlready() async throws {
        let context = try context()
        defer { context.stop() }
        let numbers = context.range(0, 100, partitions: 3).map { $0 }
        #expect(try await numbers.sum() == 4950)
        numbers.checkpoint().checkpoint()
        #expect(try await numbers.take(1) == [0] && numbers.isCheckpointed)
        #expect(parts().count == 3)
        numbers.checkpoint()
        #expect(try await numbers.count() == 100 && parts().count == 3)
    }

    /// Of marked RDDs on one path, the nearest to the action is written; on several paths, one on each.
    @Test func whichAreWritten() async throws {
        let context = try context()
        defer { context.stop() }
        let first = context.range(0, 10, partitions: 2).map { $0 }.checkpoint()
        let second = first.map { $0 + 1 }.checkpoint()
        let other = context.range(0, 10, partitions: 2).map { $0 }.checkpoint()
        let all = second.map { $0 }.union(other)
        #expect(try await all.count() == 20)
        #expect(second.isCheckpointed && other.isCheckpointed && !first.isCheckpointed && !all.isCheckpointed)
        #expect(try await first.count() == 10 && first.isCheckpointed)
    }

    @Test func shapes() async throws {
        let context = try context()
        defer { context.stop() }
        let none = context.emptyRDD(of: Int.self).checkpoint()
        #expect(try await none.count() == 0 && none.isCheckpointed)
        #expect(try await none.count() == 0)
        let holes = context.parallelize(["x"], partitions: 4).checkpoint()
        #expect(try await holes.collect() == ["x"])
        #expect(try await holes.collectPartitions().map(\.count).reduce(0, +) == 1)
        #expect(holes.isCheckpointed && holes.partitionCount == 4)
        let pairs = context.range(0, 100, partitions: 2).map { ($0 % 7, $0) }.reduceByKey(partitions: 3) { $0 + $1 }.checkpoint()
        let expected = try await pairs.collectAsMap()
        #expect(pairs.isCheckpointed && pairs.partitioner != nil)
        let again = pairs.reduceByKey(partitions: 3) { $0 + $1 }
        #expect(again.dependencies.allSatisfy { if case .narrow = $0 { true } else { false } }, "the partitioner stays")
        #expect(try await again.collectAsMap() == expected)
        #expect(try await pairs.join(pairs).count() == 7)
    }

    /// RDDs that are cut off are released: parents with their partitions, shuffles with their outputs.
    @Test(.localOnly) func parentsAndShufflesGo() async throws {
        let context = try context()
        defer { context.stop() }
        let counter = LiveCounter()
        let sums = {
            let elements = (0..<1000).map { Tracked($0, counter) }
            return context.parallelize(elements, partitions: 3).map { ($0.value % 10, $0.value) }.reduceByKey(partitions: 2) { $0 + $1 }
        }()
        let shuffle = try #require(sums.lineage.shuffles.keys.first)
        let values = sums.values().checkpoint()
        #expect(try await values.sum() == 499_500 && values.isCheckpointed)
        #expect(context.driver.hasOutput(of: shuffle), "somebody refers to it")
        #expect(counter.live == 1000)
        var last: RDD<(Int, Int)>? = sums
        #expect(last?.partitionCount == 2)
        last = nil
        try await loseInner(context, counter)
        #expect(try await values.sum() == 499_500)
    }

    private func loseInner(_ context: MartletContext, _ counter: LiveCounter) async throws {
        let before = counter.live
        let values: RDD<Int>
        let shuffle: ShuffleID
        do {
            let elements = (0..<1000).map { Tracked($0, counter) }
            let sums = context.parallelize(elements, partitions: 3).map { ($0.value % 10, $0.value) }
                .reduceByKey(partitions: 2) { $0 + $1 }
            shuffle = try #require(sums.lineage.shuffles.keys.first)
            values = sums.values().checkpoint()
        }
        #expect(try await values.sum() == 499_500)
        #expect(await eventually { counter.live == before && !context.driver.hasOutput(of: shuffle) })
        #expect(try await values.sum() == 499_500)
    }

    /// A loop whose lineage would otherwise grow without end.
    @Test func rounds() async throws {
        let context = try context()
        defer { context.stop() }
        var numbers = context.range(0, 100, partitions: 2)
        for round in 1...30 {
            numbers = numbers.map { $0 + 1 }
            if round % 10 == 0 {
                numbers.checkpoint()
                #expect(try await numbers.first() == round)
                #expect(numbers.lineage.reachable().count == 1)
            }
        }
        #expect(try await numbers.collect() == Array(30..<130))
    }

    @Test func aLongLineageIsCut() async throws {
        let context = try context()
        defer { context.stop() }
        var numbers = context.range(0, 10, partitions: 1)
        for _ in 0..<(testMaster == nil ? 50_000 : 5_000) { numbers = numbers.map { $0 } }
        numbers.checkpoint()
        #expect(try await numbers.sum() == 45)
        #expect(try await numbers.sum() == 45)
        #expect(numbers.lineage.reachable().count == 1)
    }

    @Test func withoutADirectory() async throws {
        let context = try makeContext()
        defer { context.stop() }
        #expect(context.checkpointDirectory == nil)
        let numbers = context.range(0, 10, partitions: 2).checkpoint()
        let error = await failure { try await numbers.map { $0 }.count() } as? ArgumentError
        #expect(error?.operation == "checkpoint" && error?.callSite.description.contains("CheckpointTests.swift") == true)
        #expect(error?.problem.contains("martlet.checkpoint.dir") == true)
        context.setCheckpointDirectory(place.path("later"))
        #expect(try await numbers.count() == 10 && numbers.isCheckpointed)
        #expect(files(under: place.path("later")).count == 3)
    }

    @Test func aDirectoryThatCannotBeMade() async throws {
        try place.write("kept", "a file")
        let context = try context()
        defer { context.stop() }
        let numbers = context.range(0, 10, partitions: 2).checkpoint()
        let error = await failure { try await numbers.count() }
        #expect("\(error!)".contains(place.path("kept")))
        #expect(!numbers.isCheckpointed && numbers.dependencies.count == 0 && numbers.checkpointFile == nil)
        unlink(place.path("kept"))
        #expect(try await numbers.count() == 10 && numbers.isCheckpointed)
    }

    @Test func failuresLeaveNoFiles() async throws {
        let context = try context()
        defer { context.stop() }
        let gate = Gate()
        let numbers = context.range(0, 1000, partitions: 2).map { number in
            // The action reads no further.
            if number == 999, gate.arrivals == 0 { throw Refusal(value: number) }
            return number
        }.checkpoint()
        let error = await failure { try await numbers.take(1) }
        guard case JobError.taskFailed(let report)? = error else {
            Issue.record("\(error.map { "\($0)" } ?? "no error")")
            return
        }
        #expect(report.operation == "map" && !numbers.isCheckpointed && parts().isEmpty)
        gate.open()
        gate.pass()
        #expect(try await numbers.take(1) == [0] && numbers.isCheckpointed)
    }

    @Test(.localOnly) func whatCannotBeEncoded() async throws {
        let context = try context()
        defer { context.stop() }
        let counter = LiveCounter()
        let elements = context.range(0, 10, partitions: 2).map { Tracked($0, counter) }.checkpoint()
        guard case JobError.taskFailed(let report)? = await failure(of: { try await elements.count() }) else {
            Issue.record("no error")
            return
        }
        #expect(report.operation == "checkpoint" && "\(report.underlying)".contains("Tracked"))
        #expect(report.callSite?.description.contains("CheckpointTests.swift") == true)
        #expect(parts().isEmpty && !elements.isCheckpointed)
        #expect(await eventually { counter.live == 0 })
    }

    @Test func aCancelledActionLeavesTheMark() async throws {
        let context = try context()
        defer { context.stop() }
        let gate = Gate()
        let calls = CallCounter()
        let numbers = context.range(0, 100, partitions: 1).map { number in
            // The second computation is the one that writes the files.
            if number == 50, calls.add() == 1 { gate.pass() }
            return number
        }.checkpoint()
        let task = Task { try await numbers.count() }
        #expect(await eventually { gate.arrivals == 1 })
        #expect(try await numbers.count() == 100, "somebody else writes")
        #expect(!numbers.isCheckpointed)
        task.cancel()
        #expect(await failure { try await task.value } is CancellationError)
        #expect(parts().isEmpty)
        gate.open()
        #expect(try await numbers.count() == 100 && numbers.isCheckpointed)
    }

    @Test(arguments: [0.02, 0.5, 0.99])
    func damageIsNamed(_ position: Double) async throws {
        let context = try context()
        defer { context.stop() }
        let numbers = context.range(0, 100_000, partitions: 2).map { $0 &* 7919 % 1_000_003 }.checkpoint()
        #expect(try await numbers.count() == 100_000)
        let file = try #require(parts().first)
        try flipBit(of: file, at: position)
        let error = await failure { try await numbers.sum() }
        #expect("\(error!)".contains(file) && "\(error!)".contains("expected") && "\(error!)".contains("found"), "\(error!)")
    }

    /// A job planned before the cut continues: its map stage, its reads of the shuffle.
    @Test(.localOnly) func aRunningJobGoesOn() async throws {
        let context = try makeContext("local[4]", "martlet.checkpoint.dir=\(place.path("kept"))")
        defer { context.stop() }
        let gate = Gate()
        let sums = context.range(0, 100, partitions: 2).map { ($0 % 5, $0) }.reduceByKey(partitions: 2) { $0 + $1 }
        let values = sums.values().checkpoint()
        let held = values.map { number in
            if TaskContext.current?.localProperty("hold") != nil { gate.pass() }
            return number
        }
        let job = Task { try await context.withLocalProperty("hold", "yes") { try await held.repartition(3).sum() } }
        #expect(await eventually { gate.arrivals >= 1 })
        #expect(try await values.sum() == 4950 && values.isCheckpointed)
        gate.open()
        #expect(try await job.value == 4950)
    }
}

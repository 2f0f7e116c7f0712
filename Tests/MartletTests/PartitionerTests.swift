import Martlet
import MartletBlocks
import MartletTasks
import Testing

@Suite struct PartitionerTests {
    let context: MartletContext

    init() throws { context = try makeContext() }

    /// Shuffles on the way to an RDD.
    private func shuffleCount<Element>(_ rdd: RDD<Element>) -> Int {
        rdd.lineage.reachable().reduce(0) { $0 + $1.shuffles.count }
    }

    private var pairs: RDD<(Int, Int)> { context.range(0, 100, partitions: 5).map { ($0 % 10, $0) } }

    @Test func operatorsOnAPartitionedRDDDoNotShuffle() async throws {
        let placed = pairs.partitionBy(.hash(4))
        #expect(shuffleCount(placed) == 1)
        #expect(placed.toDebugString.split(separator: "\n").count { $0.contains("+-") } == 1)
        let operators: [(String, Int)] = [
            ("reduceByKey", shuffleCount(placed.reduceByKey(+))),
            ("reduceByKey(4)", shuffleCount(placed.reduceByKey(partitions: 4, +))),
            ("groupByKey", shuffleCount(placed.groupByKey())),
            ("partitionBy", shuffleCount(placed.partitionBy(.hash(4)))),
            ("mapValues, filter, reduceByKey", shuffleCount(placed.mapValues { $0 + 1 }.filter { $0.1 > 1 }.reduceByKey(+))),
            ("join with itself", shuffleCount(placed.join(placed.mapValues { -$0 }))),
            ("cogroup of reductions", shuffleCount(placed.reduceByKey(+).cogroup(placed.groupByKey()))),
            ("union of the same", shuffleCount(placed.union(placed.mapValues { $0 * 2 }).reduceByKey(+))),
            ("sorted, reduced", shuffleCount(pairs.sortByKey().reduceByKey(+))),
        ]
        for (name, count) in operators { #expect(count == 1, "\(name)") }
        #expect(shuffleCount(placed.reduceByKey(partitions: 3, +)) == 2)
        #expect(shuffleCount(placed.map { $0 }.reduceByKey(+)) == 2, "map may change keys")
        #expect(shuffleCount(placed.join(pairs)) == 2)
        #expect(try await placed.reduceByKey(+).join(placed.groupByKey()).count() == 10)
        #expect(try await placed.join(pairs).count() == 1000)
        let custom = Partitioner<Int>.custom(identity: "by ten", partitionCount: 4) { $0 / 3 % 4 }
        let byTen = pairs.partitionBy(custom)
        #expect(shuffleCount(byTen.reduceByKey(+).join(byTen.groupByKey())) == 1)
        #expect(try await byTen.reduceByKey(+).join(byTen.groupByKey()).count() == 10)
        #expect(try await byTen.join(pairs).count() == 1000)
        #expect(try await pairs.join(byTen, partitioner: custom).count() == 1000)
        #expect(try await pairs.sortByKey().join(pairs.sortByKey()).count() == 1000)
        #expect(try await pairs.sortByKey(ascending: false, partitions: 3).reduceByKey(+).count() == 10)
    }

    @Test func aShuffleIsReused() async throws {
        let calls = CallCounter()
        let counts = pairs.mapValues { value in
            calls.add()
            return value
        }.reduceByKey(+)
        #expect(try await counts.count() == 10)
        #expect(calls.count == 100)
        #expect(try await counts.values().reduce(+) == 4950)
        #expect(try await counts.sortByKey().first() == (0, 450))
        #expect(calls.count == 100)
        #expect(counts.explain().contains("skipped"))
    }

    @Test(.localOnly) func aLostShuffleIsComputedAgain() async throws {
        let calls = CallCounter()
        let counts = pairs.mapValues { value in
            calls.add()
            return value
        }.reduceByKey(+)
        #expect(try await counts.count() == 10)
        for shuffle in counts.lineage.shuffles.keys { context.driver.environment?.shuffles.remove(shuffle) }
        #expect(try await counts.values().reduce(+) == 4950)
        #expect(calls.count == 200)
    }

    @Test func aCachedRDDIsComputedOnce() async throws {
        let calls = CallCounter()
        let cached = context.range(0, 100, partitions: 5).map { value in
            calls.add()
            return value
        }.cache()
        #expect(calls.count == 0)
        #expect(try await cached.take(1) == [0])
        #expect(calls.count == 20)
        #expect(cached.cachedPartitionCount == 1)
        #expect(try await cached.map { $0 }.reduce(+) == 4950)
        #expect(try await cached.count() == 100)
        #expect(calls.count == 100)
        #expect(cached.cachedPartitionCount == 5)
        #expect(cached.cachedBytes >= 800)
        cached.unpersist()
        #expect(cached.cachedPartitionCount == 0)
        #expect(try await cached.count() == 100)
        #expect(calls.count == 200)
        #expect(cached.cachedPartitionCount == 0)
    }

    @Test(.localOnly) func aCacheCutsTheLineage() async throws {
        let calls = CallCounter()
        let cached = pairs.mapValues { value in
            calls.add()
            return value
        }.reduceByKey(+).cache()
        #expect(try await cached.count() == 10)
        for shuffle in cached.lineage.shuffles.keys { context.driver.environment?.shuffles.remove(shuffle) }
        #expect(try await cached.count() == 10)
        #expect(calls.count == 100)
    }

    /// A key whose engine hash and the same hash with its lowest bit set are in different partitions: rows that are
    /// combined before the shuffle still meet rows that are not.
    struct EdgeKey: EngineHashable, Sendable {
        let number: Int
        // 5 partitions: 2 * 2^64 / 5 rounded up is odd, so the even number below lies in the partition before.
        var engineHash: UInt64 { 7_378_697_629_483_820_646 }
    }

    @Test func combinedAndUncombinedRowsMeet() async throws {
        let rows = context.range(0, 30, partitions: 3).map { (EdgeKey(number: $0 % 10), $0) }
        let reduced = rows.reduceByKey(partitions: 5, +)
        let placed = rows.partitionBy(.hash(5))
        #expect(shuffleCount(reduced.join(placed)) == 2)
        #expect(try await reduced.join(placed).count() == 30)
        #expect(try await reduced.cogroup(placed).count() == 10)
    }
}

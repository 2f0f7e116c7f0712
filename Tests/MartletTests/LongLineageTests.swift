import Martlet
import Testing

/// Depth and width cost memory and time, never the stack.
@Suite struct LongLineageTests {
    let context: MartletContext

    init() throws { context = try makeContext() }

    private func chain(_ count: Int, _ step: (RDD<Int>) -> RDD<Int>) -> RDD<Int> {
        (0..<count).reduce(context.range(0, 10, partitions: 2)) { rdd, _ in step(rdd) }
    }

    @Test func maps() async throws {
        #expect(try await chain(10_000) { $0.map { $0 + 1 } }.collect() == Array(10_000..<10_010))
    }

    @Test func flatMapsAndFilters() async throws {
        let rdd = chain(1000) { $0.flatMap { [$0 + 1] }.filter { $0 >= 0 } }
        #expect(try await rdd.collect() == Array(1000..<1010))
    }

    @Test func partitionwise() async throws {
        #expect(try await chain(2000) { $0.mapPartitions { $0.lazy.map { $0 + 1 } } }.collect() == Array(2000..<2010))
    }

    @Test func coalescesAndUnions() async throws {
        #expect(try await chain(2000) { $0.coalesce(2) }.collect() == Array(0..<10))
        let one = context.range(0, 1, partitions: 1)
        let union = (0..<1000).reduce(one) { rdd, _ in rdd.union(one) }
        #expect(try await union.count() == 1001)
    }

    @Test func shuffles() async throws {
        let rdd = (0..<100).reduce(context.range(0, 10, partitions: 2).keyBy { $0 }) { rdd, _ in
            rdd.map { ($0.0, $0.1 + 1) }.reduceByKey(partitions: 2, +)
        }
        #expect(try await rdd.values().reduce(+) == 45 + 1000)
    }

    @Test func caches() async throws {
        #expect(try await chain(500) { $0.map { $0 + 1 }.cache() }.collect() == Array(500..<510))
    }

    @Test func manyPartitions() async throws {
        let count = testMaster == nil ? 100_000 : 10_000
        let rdd = context.range(0, count, partitions: count)
        #expect(try await rdd.count() == count)
        #expect(try await rdd.coalesce(3).reduce(+) == count * (count - 1) / 2)
    }

    @Test(.localOnly) func aLongLineageIsReleased() async throws {
        let counter = LiveCounter()
        do {
            let kept = Tracked(1, counter)
            var rdd = context.range(0, 1).map { $0 + kept.value }
            for _ in 0..<100_000 { rdd = rdd.map { $0 + 1 } }
            #expect(rdd.partitionCount == 2)
        }
        #expect(counter.live == 0)
    }
}

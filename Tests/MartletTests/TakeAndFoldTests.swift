import Martlet
import TestSupport
import Testing

@Suite struct TakeAndFoldTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]", "martlet.batch.bytes=4k") }

    /// Elements that know their partition, and a record of the computed partitions.
    private func watched(_ partitions: Int) -> (RDD<Int>, @Sendable () -> [Int]) {
        let computed = SeenPartitions()
        let rdd = context.range(0, partitions, partitions: partitions).mapPartitionsWithIndex { index, elements in
            computed.add(index)
            return Array(elements)
        }
        return (rdd, { computed.sorted })
    }

    @Test func takeLooksAtOneThenFourTimesAsManyPartitions() async throws {
        let (one, seenByOne) = watched(100)
        #expect(try await one.take(1) == [0])
        #expect(seenByOne() == [0])
        let (two, seenByTwo) = watched(100)
        #expect(try await two.take(2) == [0, 1])
        #expect(seenByTwo() == Array(0..<5))
        let (six, seenBySix) = watched(100)
        #expect(try await six.take(6) == Array(0..<6))
        #expect(seenBySix() == Array(0..<21))
        let (all, seenByAll) = watched(30)
        #expect(try await all.take(.max) == Array(0..<30))
        #expect(seenByAll() == Array(0..<30))
        let (none, seenByNone) = watched(3)
        #expect(try await none.take(0) == [])
        #expect(seenByNone() == [])
    }

    @Test func takePullsNoFurtherThanItHasTo() async throws {
        let calls = CallCounter()
        let taken = try await context.range(0, 1_000_000, partitions: 1).map { value in
            calls.add()
            return value
        }.take(10)
        #expect(taken == Array(0..<10))
        #expect(calls.count <= 4096, "one batch is enough")
    }

    @Test func endlessExpansions() async throws {
        let endless = context.range(0, 3, partitions: 3).flatMap { start in sequence(first: start) { $0 + 10 } }
        #expect(try await endless.take(5000) == (0..<5000).map { $0 * 10 })
        #expect(try await endless.map { $0 * 2 }.filter { $0 > 1000 }.first() == 1020)
        #expect(try await !endless.isEmpty())
        let twice = context.range(0, 2, partitions: 1).flatMap { _ in 0..<Int.max }.flatMap { repeatElement($0, count: 3) }
        #expect(try await twice.take(10_000) == (0..<10_000).map { $0 / 3 })
        let values = context.range(0, 2, partitions: 1).keyBy { $0 }.flatMapValues { _ in 0... }
        #expect(try await values.take(3000).map(\.1) == Array(0..<3000))
        let lazily = context.range(0, 4, partitions: 2).mapPartitions { _ in (0...).lazy.map { $0 + 1 } }
        #expect(try await lazily.take(9000) == Array(1...9000))
    }

    @Test func largeExpansionsAreWhole() async throws {
        let counts = [0, 1, 511, 512, 513, 1024, 0, 4096, 70_000]
        let expanded = context.parallelize(counts, partitions: 2).flatMap { 0..<$0 }
        #expect(try await expanded.collect() == counts.flatMap { 0..<$0 })
        #expect(try await expanded.flatMap { $0 < 3 ? [$0, $0] : [] }.collect() == counts.flatMap { 0..<$0 }.flatMap { $0 < 3 ? [$0, $0] : [] })
    }

    @Test func emptyRDDs() async throws {
        for empty in [context.emptyRDD(of: Int.self), context.parallelize([], partitions: 3)] {
            #expect(try await empty.isEmpty())
            #expect(try await empty.take(3) == [])
            #expect(try await empty.top(3) == [])
            #expect(try await empty.fold(5, +) == 5 * (1 + empty.partitionCount))
            let line = #line + 1
            let error = await failure { try await empty.first() }
            #expect(error.map { "\($0)" } == "first at TakeAndFoldTests.swift:\(line): the RDD is empty; use fold, take or isEmpty where that can happen")
            for action in [{ try await empty.reduce(+) }, { try await empty.max() }, { try await empty.min() }] {
                #expect(await failure { try await action() } is EmptyCollectionError)
            }
        }
    }

    @Test func emptyPartitionsDoNotCountInReduce() async throws {
        #expect(try await context.parallelize([3, 4], partitions: 9).reduce(*) == 12)
        #expect(try await context.parallelize([3, 4], partitions: 9).min() == 3)
    }

    @Test(arguments: [1, 2, 7])
    func zeroIsUsedOncePerPartitionAndOnceAtTheEnd(_ partitions: Int) async throws {
        let rdd = context.range(0, 10, partitions: partitions)
        #expect(try await rdd.fold(100, +) == 45 + 100 * (partitions + 1))
        #expect(try await rdd.aggregate([-1], { $0 + [$1] }, combine: +).count == 10 + partitions + 1)
        let inPlace = try await rdd.aggregate(into: [-1]) { $0.append($1) } combine: { $0 += $1 }
        #expect(inPlace.filter { $0 == -1 }.count == partitions + 1)
        #expect(inPlace.filter { $0 >= 0 } == Array(0..<10))
    }

    @Test func partsOfAReductionMeetInOrder() async throws {
        let letters = context.parallelize("abcdefghijklmno".map(String.init), partitions: 4)
        #expect(try await letters.reduce(+) == "abcdefghijklmno")
        #expect(try await letters.fold("", +) == "abcdefghijklmno")
    }

    @Test func topAndTakeOrdered() async throws {
        let rdd = context.parallelize([5, 1, 4, 1, 3], partitions: 3)
        #expect(try await rdd.top(0) == [])
        #expect(try await rdd.takeOrdered(0) == [])
        #expect(try await rdd.top(2) == [5, 4])
        #expect(try await rdd.takeOrdered(2) == [1, 1])
        #expect(try await rdd.top(99) == [5, 4, 3, 1, 1])
        #expect(try await rdd.takeOrdered(.max) == [1, 1, 3, 4, 5])
        #expect(try await rdd.top(1) { $0 % 4 < $1 % 4 } == [3])
        #expect(try await context.emptyRDD(of: Int.self).top(3) == [])
    }

    @Test func negativeCounts() async throws {
        let rdd = context.parallelize([5, 1], partitions: 3)
        let actions: [(String, () async throws -> [Int])] = [
            ("take", { try await rdd.take(-1, line: 7) }), ("top", { try await rdd.top(-1, line: 7) }),
            ("takeOrdered", { try await rdd.takeOrdered(-1, line: 7) }),
        ]
        for (name, action) in actions {
            let error = await failure { try await action() }
            #expect(error.map { "\($0)" } == "\(name) at TakeAndFoldTests.swift:7: cannot take -1 elements")
        }
    }
}

/// Partition numbers added from any thread.
final class SeenPartitions: Codable, Sendable {
    /// How often each partition was computed.
    private let counts: SharedCounts

    init() { counts = SharedCounts(1000) }

    var sorted: [Int] { (0..<1000).flatMap { Array(repeating: $0, count: counts[$0]) } }
    func add(_ partition: Int) { counts.add(1, at: partition) }
}

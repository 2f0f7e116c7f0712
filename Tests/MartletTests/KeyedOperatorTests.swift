import Martlet
import Testing
import TestSupport

/// Edges of the operators on keys, one table of facts for each.
@Suite struct KeyedOperatorTests {
    let context: MartletContext

    init() throws { context = try makeContext() }

    private var pairs: RDD<(Int, Int)> { context.range(0, 100, partitions: 5).map { ($0 % 10, $0) } }
    private var nothings: [RDD<(Int, Int)>] { [context.emptyRDD(), context.parallelize([], partitions: 3)] }

    private func shuffleCount<Element>(_ rdd: RDD<Element>) -> Int {
        rdd.lineage.reachable().reduce(0) { $0 + $1.shuffles.count }
    }

    private func sorted(_ rdd: RDD<(Int, (Int?, Int?))>) async throws -> [String] {
        try await rdd.collect()
            .map { "\($0.0) \($0.1.0.map(String.init) ?? "-") \($0.1.1.map(String.init) ?? "-")" }.sorted()
    }

    @Test func outerJoinsKeepWhatHasNoPartner() async throws {
        let left = context.parallelize([(1, 10), (1, 11), (2, 20)], partitions: 2)
        let right = context.parallelize([(1, 100), (3, 300), (1, 101)], partitions: 3)
        let pairs = ["1 10 100", "1 10 101", "1 11 100", "1 11 101"]
        #expect(try await sorted(left.leftOuterJoin(right).mapValues { ($0.0, $0.1) }) == pairs + ["2 20 -"])
        #expect(try await sorted(left.rightOuterJoin(right).mapValues { ($0.0, $0.1) }) == pairs + ["3 - 300"])
        #expect(try await sorted(left.fullOuterJoin(right)) == pairs + ["2 20 -", "3 - 300"])
        for nothing in nothings {
            #expect(try await sorted(left.leftOuterJoin(nothing).mapValues { ($0.0, $0.1) }) == ["1 10 -", "1 11 -", "2 20 -"])
            #expect(try await left.rightOuterJoin(nothing).count() == 0)
            #expect(try await nothing.leftOuterJoin(left).count() == 0)
            #expect(try await sorted(nothing.rightOuterJoin(left).mapValues { ($0.0, $0.1) }) == ["1 - 10", "1 - 11", "2 - 20"])
            #expect(try await left.fullOuterJoin(nothing).count() == 3)
            #expect(try await nothing.fullOuterJoin(left).count() == 3)
            #expect(try await nothing.fullOuterJoin(nothing).count() == 0)
        }
    }

    @Test func outerJoinsOfManyRowsOfOneKey() async throws {
        let context = try makeContext("local[2]", "martlet.batch.bytes=4k")
        let left = context.range(0, 3000, partitions: 2).map { ($0 % 3, "left value number \($0)") }
        let right = context.range(0, 300, partitions: 2).map { ($0 % 2 + 1, "right value number \($0)") }
        #expect(try await left.leftOuterJoin(right).count() == 1000 + 2 * 1000 * 150)
        #expect(try await left.rightOuterJoin(right).count() == 2 * 1000 * 150)
        #expect(try await left.filter { $0.0 < 2 }.fullOuterJoin(right).count() == 1000 + 1000 * 150 + 150)
    }

    @Test func cogroupsOfUpToFourSides() async throws {
        let none = nothings
        let one = context.parallelize([(1, 1), (2, 2), (1, 3)], partitions: 2)
        let groups = try await one.cogroup(none[0], one, none[1]).sortByKey().collect()
        #expect("\(groups)" == "[(1, ([1, 3], [], [1, 3], [])), (2, ([2], [], [2], []))]")
        #expect(try await none[0].cogroup(none[1], none[0]).count() == 0)
        #expect(try await none[0].cogroup(one, none[1]).count() == 2)
        let placed = pairs.partitionBy(.hash(4))
        #expect(shuffleCount(placed.cogroup(placed.mapValues { -$0 }, placed.reduceByKey(+), placed)) == 1)
        #expect(shuffleCount(placed.cogroup(pairs, pairs.mapValues { -$0 })) == 3)
    }

    @Test func joinsBringTheOtherSideToACustomPartitioner() async throws {
        let custom = Partitioner<Int>.custom(identity: "by three", partitionCount: 4) { $0 / 3 % 4 }
        let placed = pairs.partitionBy(custom).mapValues { $0 + 1 }.filter { $0.0 != 5 }
        let joined = placed.join(pairs)
        #expect(joined.partitioner == custom.identity)
        #expect(shuffleCount(joined) == 2)
        #expect(try await joined.count() == 900)
        let ranges = Partitioner<Int>.range(bounds: [2, 5])
        #expect(shuffleCount(pairs.partitionBy(ranges).leftOuterJoin(pairs)) == 2)
        #expect(try await pairs.partitionBy(ranges).leftOuterJoin(pairs).count() == 1000)
        // The cuts of a sort are not known before it has run.
        #expect(try await pairs.sortByKey().fullOuterJoin(pairs).count() == 1000)
    }

    @Test func setsOfElements() async throws {
        let left = context.parallelize([3, 1, 2, 2, 1, 9], partitions: 3)
        let right = context.parallelize([2, 9, 9, 4], partitions: 2)
        #expect(try await left.intersection(right).collect().sorted() == [2, 9])
        #expect(try await right.intersection(left).collect().sorted() == [2, 9])
        #expect(try await left.intersection(left, partitioner: .hash(2)).collect().sorted() == [1, 2, 3, 9])
        #expect(left.intersection(right, partitioner: .hash(7)).partitionCount == 7)
        #expect(try await left.subtract(right).collect().sorted() == [1, 1, 3])
        #expect(left.subtract(right).partitionCount == 3)
        #expect(left.subtract(right, partitioner: .hash(5)).partitionCount == 5)
        for nothing in [context.emptyRDD(of: Int.self), context.parallelize([Int](), partitions: 4)] {
            #expect(try await left.intersection(nothing).count() == 0)
            #expect(try await nothing.intersection(nothing).count() == 0)
            #expect(try await nothing.subtract(left).count() == 0)
            #expect(try await left.subtract(nothing).collect().sorted() == [1, 1, 2, 2, 3, 9])
        }
        let bad = await failure { try await left.subtract(right, partitioner: .hash(0)).count() }
        #expect("\(bad!)".contains("cannot make 0 partitions"))
    }

    @Test func distinctIsDoneInPlaceWhereItCan() async throws {
        let placed = pairs.map { ($0.0, $0.1 / 20) }.partitionBy(.hash(4))
        let distinct = placed.distinct()
        #expect(shuffleCount(distinct) == 1 && distinct.partitioner == .hash(partitionCount: 4))
        #expect(try await distinct.count() == 50)
        #expect(shuffleCount(placed.distinct(partitions: 3)) == 2)
        #expect(try await placed.distinct(partitions: 3).count() == 50)
        #expect(try await placed.distinct(partitions: 3).join(distinct).count() == 250)
        #expect(try await distinct.reduceByKey(+).collect().map(\.1) == Array(repeating: 10, count: 10))
        #expect(pairs.distinct().partitionCount == 5)
    }

    @Test func subtractByKeyKeepsTheLeftPartitioner() async throws {
        let custom = Partitioner<Int>.custom(identity: "by three", partitionCount: 4) { $0 / 3 % 4 }
        let odd = context.parallelize([(1, "x"), (3, "y"), (1, "z"), (77, "w")], partitions: 3)
        let placed = pairs.partitionBy(custom)
        let rest = placed.subtractByKey(odd)
        #expect(rest.partitioner == custom.identity && shuffleCount(rest) == 2)
        #expect(try await rest.keys().distinct().collect().sorted() == [0, 2, 4, 5, 6, 7, 8, 9])
        #expect(try await rest.count() == 80)
        #expect(pairs.subtractByKey(odd).partitionCount == 5)
        #expect(try await pairs.subtractByKey(context.emptyRDD(of: (Int, Int).self)).count() == 100)
        #expect(try await pairs.subtractByKey(pairs).count() == 0)
    }

    @Test func lookupsAskOnePartitionWhereTheyCan() async throws {
        let opened = CallCounter()
        func counted(_ rdd: RDD<(Int, Int)>) -> RDD<(Int, Int)> {
            rdd.mapPartitions(preservesPartitioning: true) { rows in
                opened.add()
                return rows
            }
        }
        let custom = Partitioner<Int>.custom(identity: "by three", partitionCount: 4) { $0 / 3 % 4 }
        let bad = Partitioner<Int>.custom(identity: "bad", partitionCount: 4) { $0 == 7 ? -1 : 0 }
        for (partitioner, expected) in [(.hash(4), 1), (custom, 1), (.range(bounds: [3, 6, 8]), 1)] {
            let before = opened.count
            let placed = counted(pairs.partitionBy(partitioner))
            #expect(try await placed.lookup(7).sorted() == Array(stride(from: 7, to: 100, by: 10)))
            #expect(opened.count - before == expected, "\(partitioner)")
            #expect(try await placed.lookup(1000) == [])
        }
        let before = opened.count
        #expect(try await counted(pairs).lookup(7) == Array(stride(from: 7, to: 100, by: 10)))
        #expect(opened.count - before == 5)
        #expect(try await pairs.sortByKey().lookup(7) == Array(stride(from: 7, to: 100, by: 10)))
        let error = await failure { try await pairs.filter { $0.0 != 7 }.partitionBy(bad).lookup(7) }
        #expect(error is ArgumentError && "\(error!)".contains("partition -1, but there are 4"))
        for nothing in nothings { #expect(try await nothing.lookup(1) == []) }
    }

    /// A key that only Swift can hash: in another way in each process.
    private struct Plain: Hashable, Sendable {
        let number: Int
    }

    @Test func lookupsOfKeysWithPartsThatOnlySwiftHashes() async throws {
        func expectAll<Key: Hashable & Sendable>(_ keys: [Key]) async throws {
            let placed = context.parallelize(Array(keys.enumerated()), partitions: 3).map { ($0.element, $0.offset) }
                .partitionBy(.hash(8))
            for (index, key) in keys.enumerated() { #expect(try await placed.lookup(key) == [index], "\(key)") }
        }
        let parts = (0..<6).map(Plain.init)
        try await expectAll(parts)
        try await expectAll(parts.map(Optional.some))
        try await expectAll(parts.map { [$0, $0] })
        try await expectAll(parts.map { Pair($0, 1) })
        try await expectAll(parts.map { Pair("a", [$0]) })
    }

    @Test func dictionariesOfKeys() async throws {
        let rows = context.parallelize([("a", 1), ("b", 2), ("a", 3)], partitions: 3)
        #expect(try await rows.collectAsMap() == ["a": 3, "b": 2])
        #expect(try await rows.countByKey() == ["a": 2, "b": 1])
        #expect(try await rows.reduceByKeyLocally(+) == ["a": 4, "b": 2])
        #expect(try await rows.keys().countByValue() == ["a": 2, "b": 1])
        for nothing in nothings {
            #expect(try await nothing.collectAsMap().isEmpty)
            #expect(try await nothing.countByKey().isEmpty)
            #expect(try await nothing.reduceByKeyLocally(+).isEmpty)
            #expect(try await nothing.keys().countByValue().isEmpty)
        }
        let error = await failure { try await rows.reduceByKeyLocally { throw Refusal(value: $0 + $1) } }
        #expect("\(error!)".contains("reduceByKeyLocally at"))
    }

    @Test func foldsAndGroups() async throws {
        let rows = context.parallelize([("a", 1), ("b", 2), ("a", 3)], partitions: 3)
        #expect(try await rows.foldByKey(0, +).collectAsMap() == ["a": 4, "b": 2])
        #expect(rows.foldByKey(0, partitions: 7, +).partitionCount == 7)
        let lists = rows.aggregateByKey(into: [Int]()) { $0.append($1) } combine: { $0 += $1 }
        #expect(try await lists.collectAsMap() == ["a": [1, 3], "b": [2]])
        let groups = context.range(0, 10, partitions: 3).groupBy(partitions: 2) { $0 % 3 }
        #expect(groups.partitionCount == 2)
        #expect(try await groups.mapValues { $0.sorted() }.collectAsMap() == [0: [0, 3, 6, 9], 1: [1, 4, 7], 2: [2, 5, 8]])
        let error = await failure {
            try await context.range(0, 10).groupBy { if $0 == 3 { throw Refusal(value: $0) } else { $0 } }.count()
        }
        #expect("\(error!)".contains("groupBy at"))
        #expect(try await context.emptyRDD(of: Int.self).groupBy { $0 }.count() == 0)
    }
}

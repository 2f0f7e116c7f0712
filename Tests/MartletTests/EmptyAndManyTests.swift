import Martlet
import Testing

/// Every operator on RDDs without partitions, with empty partitions, with one element, with many batches.
@Suite struct EmptyAndManyTests {
    static let shapes: [(String, @Sendable (MartletContext) -> RDD<Int>)] = [
        ("no partitions", { $0.emptyRDD() }),
        ("one empty partition", { $0.parallelize([], partitions: 1) }),
        ("empty partitions", { $0.parallelize([], partitions: 5) }),
        ("one element", { $0.parallelize([7], partitions: 1) }),
        ("one element among empty partitions", { $0.parallelize([7], partitions: 6) }),
        ("three elements in nine partitions", { $0.parallelize([3, 1, 2], partitions: 9) }),
        ("all filtered out", { $0.range(0, 100, partitions: 3).filter { _ in false } }),
        ("many batches", { $0.range(0, 100_000, partitions: 3) }),
        ("many batches, lent", { $0.parallelize(Array(0..<20_000), partitions: 2) }),
    ]

    @Test(arguments: shapes.indices)
    func everyOperator(_ index: Int) async throws {
        let (name, make) = Self.shapes[index]
        let context = try makeContext("local[2]", "martlet.batch.bytes=4k")
        defer { context.stop() }
        let rdd = make(context)
        let all = try await rdd.collect()
        let sum = all.reduce(0, +)
        let comment = Comment(rawValue: name)
        #expect(try await rdd.count() == all.count, comment)
        #expect(try await rdd.collectPartitions().count == rdd.partitionCount, comment)
        #expect(try await rdd.isEmpty() == all.isEmpty, comment)
        #expect(try await rdd.map { $0 + 1 }.collect() == all.map { $0 + 1 }, comment)
        #expect(try await rdd.filter { $0 % 2 == 0 }.collect() == all.filter { $0 % 2 == 0 }, comment)
        #expect(try await rdd.flatMap { [$0, -$0] }.collect() == all.flatMap { [$0, -$0] }, comment)
        #expect(try await rdd.mapPartitions { $0.lazy.map { $0 * 3 } }.collect() == all.map { $0 * 3 }, comment)
        let sizes = try await rdd.mapPartitions { [$0.reduce(0) { count, _ in count + 1 }] }.collect()
        #expect(sizes.count == rdd.partitionCount && sizes.reduce(0, +) == all.count, comment)
        #expect(try await rdd.union(rdd).collect() == all + all, comment)
        #expect(try await rdd.coalesce(2).collect() == all, comment)
        #expect(try await rdd.repartition(4).collect().sorted() == all.sorted(), comment)
        #expect(try await rdd.distinct().collect().sorted() == Set(all).sorted(), comment)
        #expect(try await rdd.sortBy { -$0 }.collect() == all.sorted(by: >), comment)
        #expect(try await rdd.sortBy(partitions: 4) { $0 }.collect() == all.sorted(), comment)
        #expect(try await rdd.aggregate(0, +, combine: +) == sum, comment)
        #expect(try await rdd.fold(0, +) == sum, comment)
        #expect(try await rdd.take(3) == Array(all.prefix(3)), comment)
        #expect(try await rdd.top(3) == Array(all.sorted(by: >).prefix(3)), comment)
        #expect(try await rdd.takeOrdered(3) == Array(all.sorted().prefix(3)), comment)
        let calls = CallCounter()
        try await rdd.foreach { _ in calls.add() }
        #expect(calls.count == all.count, comment)
        try await pairs(rdd, all, comment)
    }

    private func pairs(_ rdd: RDD<Int>, _ all: [Int], _ comment: Comment) async throws {
        let pairs = rdd.keyBy { $0 % 100 }
        let groups = Dictionary(grouping: all) { $0 % 100 }
        let sums = groups.mapValues { $0.reduce(0, +) }
        func asDictionary(_ rdd: RDD<(Int, Int)>) async throws -> [Int: Int] {
            try await Dictionary(rdd.collect().map { ($0.0, $0.1) }) { _, _ in
                Issue.record("a key is there twice")
                return 0
            }
        }
        #expect(try await asDictionary(pairs.reduceByKey(+)) == sums, comment)
        #expect(try await asDictionary(pairs.aggregateByKey(0, +, combine: +)) == sums, comment)
        #expect(try await asDictionary(pairs.groupByKey().mapValues { $0.reduce(0, +) }) == sums, comment)
        let counts = rdd.map { ($0 % 100, 1) }.reduceByKey(partitions: 3, +)
        #expect(try await pairs.join(counts).count() == all.count, comment)
        #expect(try await counts.join(pairs).count() == all.count, comment)
        #expect(try await asDictionary(pairs.cogroup(counts).mapValues { $0.0.reduce(0, +) + $0.1.reduce(0, +) })
            == groups.mapValues { $0.reduce(0, +) + $0.count }, comment)
        #expect(try await pairs.keys().collect() == all.map { $0 % 100 }, comment)
        #expect(try await pairs.values().collect() == all, comment)
        #expect(try await pairs.partitionBy(.hash(3)).values().collect().sorted() == all.sorted(), comment)
        #expect(try await pairs.sortByKey().keys().collect() == all.map { $0 % 100 }.sorted(), comment)
        #expect(try await pairs.flatMapValues { [$0, $0] }.count() == 2 * all.count, comment)
    }

    @Test func sidesOfAJoinMayBeEmpty() async throws {
        let context = try makeContext()
        defer { context.stop() }
        let some = context.range(0, 10, partitions: 2).keyBy { $0 }
        for nothing in [context.emptyRDD(of: (Int, Int).self), context.parallelize([(Int, Int)](), partitions: 3)] {
            #expect(try await some.join(nothing).count() == 0)
            #expect(try await nothing.join(some).count() == 0)
            #expect(try await some.cogroup(nothing).count() == 10)
            #expect(try await nothing.cogroup(some).count() == 10)
            #expect(try await nothing.join(nothing).count() == 0)
            #expect(try await nothing.cogroup(nothing).count() == 0)
            #expect(try await some.union(nothing).count() == 10)
        }
    }

    @Test func elementsOfNoSizeAndOfGreatSize() async throws {
        let context = try makeContext("local[2]", "martlet.batch.bytes=4k")
        defer { context.stop() }
        let nothings = context.range(0, 10_000, partitions: 3).map { _ in () }
        #expect(try await nothings.count() == 10_000)
        #expect(try await nothings.repartition(2).filter { true }.cache().count() == 10_000)
        #expect(try await nothings.map { _ in 1 }.reduce(+) == 10_000)
        typealias Large = InlineArray<1000, Int>
        let large = context.range(0, 300, partitions: 2).map { Large(repeating: $0) }
        #expect(try await large.map { $0[999] }.reduce(+) == 300 * 299 / 2)
        #expect(try await large.sortBy(ascending: false) { $0[3] }.map { $0[0] }.first() == 299)
        #expect(try await large.map { ($0[1] % 7, $0) }.reduceByKey { left, _ in left }.count() == 7)
    }

    @Test func slicesOfACollection() async throws {
        let context = try makeContext()
        defer { context.stop() }
        #expect(try await context.parallelize(Array(0..<7), partitions: 3).collectPartitions() == [[0, 1], [2, 3], [4, 5, 6]])
        #expect(try await context.range(10, 0, step: -3, partitions: 2).collect() == [10, 7, 4, 1])
        #expect(try await context.range(5, 5).count() == 0)
        #expect(try await context.range(5, 4).count() == 0)
        #expect(try await context.range(.min, -1, partitions: 3).take(2) == [.min, .min + 1])
        #expect(try await context.range(.max - 2, .max, partitions: 3).collect() == [.max - 2, .max - 1])
        #expect(try await context.range(.min, .max, step: .max, partitions: 2).collect() == [.min, -1, .max - 1])
    }
}

import Martlet
import Testing

/// Calls as written by users who know Spark or Swift but not this documentation. Each line compiles, and gives this result.
@Suite struct SpellingTests {
    let context: MartletContext

    init() throws { context = try makeContext() }

    /// Rows with their keys and values in any order, as text.
    private func text<Row>(_ rdd: RDD<Row>) async throws -> [String] { try await rdd.collect().map { "\($0)" }.sorted() }

    @Test func sequences() async throws {
        #expect(try await context.parallelize(1...100).reduce(+) == 5050)
        #expect(try await context.parallelize(0..<10, partitions: 3).collect() == Array(0..<10))
        #expect(try await context.parallelize(5..<10, partitions: 3).collectPartitions() == [[5], [6, 7], [8, 9]])
        #expect(try await context.parallelize(Int8(-128)...127).map { Int($0) }.collect() == Array(-128...127))
        #expect(try await context.parallelize(UInt64.max - 2...UInt64.max).collect() == [.max - 2, .max - 1, .max])
        #expect(try await context.parallelize(3..<3).isEmpty())
        #expect(try await context.parallelize(0..<Int.max, partitions: 4).take(2) == [0, 1])
        #expect(try await context.parallelize(Int64.min ..< .min + 2).collect() == [.min, .min + 1])
        #expect(try await context.parallelize(Set([1, 2, 3])).sum() == 6)
        #expect(try await context.parallelize(["a": 1, "b": 2]).map { $0.value }.sum() == 3)
        #expect(try await context.parallelize(["a": 1, "b": 2]).values().sum() == 3)
        #expect(try await context.parallelize(zip(["a", "b"], 1...)).reduceByKey(+).lookup("b") == [2])
        #expect(try await context.parallelize([1, 2, 3, 4][1...]).collect() == [2, 3, 4])
        #expect(try await context.parallelize([1, 2, 3, 4].prefix(2)).collect() == [1, 2])
        #expect(try await context.parallelize(stride(from: 0, to: 10, by: 5)).collect() == [0, 5])
        #expect(try await context.parallelize(stride(from: 0.0, through: 1, by: 0.5)).collect() == [0, 0.5, 1])
        #expect(try await context.parallelize("abc").map { String($0) }.collect() == ["a", "b", "c"])
        #expect(try await context.parallelize([3, 1].enumerated()).map { $0.offset * $0.element }.collect() == [0, 1])
        #expect(try await context.parallelize(repeatElement("x", count: 3)).collect() == ["x", "x", "x"])
        #expect(try await context.parallelize((1...3).lazy.map { $0 * 2 }).collect() == [2, 4, 6])
        #expect(try await context.parallelize([Double]()).isEmpty())
    }

    @Test func ranges() async throws {
        #expect(try await context.range(10).collect() == Array(0..<10))
        #expect(try await context.range(10, partitions: 2).count() == 10)
        #expect(try await context.range(0...100).sum() == 5050)
        #expect(try await context.range(-3 ... -1, partitions: 2).collect() == [-3, -2, -1])
        #expect(try await context.range(0..<3).collect() == [0, 1, 2])
        #expect(try await context.range(Int.max...Int.max).collect() == [.max])
        await #expect(throws: ArgumentError.self) { try await context.range(Int.min...Int.max).count() }
        await #expect(throws: ArgumentError.self) { try await context.range(0...Int.max).count() }
        await #expect(throws: ArgumentError.self) { try await context.parallelize(0...UInt64.max).count() }
        #expect(try await context.emptyRDD(Int.self).count() == 0)
        #expect(try await context.emptyRDD(of: Int.self).count() == 0)
    }

    @Test func dictionariesAndLabelledPairs() async throws {
        let stock = context.parallelize(["apples": 3, "pears": 4], partitions: 2)
        let prices = context.parallelize([("apples", 0.5), ("pears", 0.75)], partitions: 2)
        #expect(try await stock.filter { $0.1 > 3 }.keys().collect() == ["pears"])
        #expect(try await stock.mapValues { $0 + 1 }.lookup("apples") == [4])
        #expect(try await stock.reduceByKey(+).count() == 2)
        #expect(try await stock.collectAsMap() == ["apples": 3, "pears": 4])
        #expect(try await text(stock.join(prices)) == [#"("apples", (3, 0.5))"#, #"("pears", (4, 0.75))"#])
        #expect(try await text(prices.join(stock)) == [#"("apples", (0.5, 3))"#, #"("pears", (0.75, 4))"#])
        let words = context.parallelize(["a", "b", "a"], partitions: 2)
        // Labels from earlier steps are dropped where plain pairs are needed.
        #expect(try await words.map { (word: $0, count: 1) }.reduceByKey(+).collectAsMap() == ["a": 2, "b": 1])
        // The counts of each partition, added up.
        let counts = words.mapPartitions { words in
            var counts: [String: Int] = [:]
            for word in words { counts[word, default: 0] += 1 }
            return counts
        }
        #expect(try await counts.map { $0.value }.sum() == 3)
        #expect(try await counts.unlabelled().reduceByKey(+).collectAsMap() == ["a": 2, "b": 1])
        let lists = context.parallelize([["a": "x", "b": "y"], ["b": "z"]], partitions: 2).flatMap { $0 }.unlabelled()
        #expect(try await text(lists.partitionBy(3)) == [#"("a", "x")"#, #"("b", "y")"#, #"("b", "z")"#])
        #expect(try await lists.cache().groupByKey().mapValues { $0.count }.lookup("b") == [2])
    }

    @Test func placesOfKeys() async throws {
        let pairs = context.range(0, 100, partitions: 4).map { ($0 % 10, $0) }
        let other = context.parallelize([(3, "c"), (4, "d"), (50, "x")], partitions: 2)
        #expect(pairs.partitionBy(4).partitionCount == 4)
        #expect(pairs.partitionBy(4).partitioner == .hash(partitionCount: 4))
        #expect(pairs.repartitionAndSortWithinPartitions(.hash(3)).partitionCount == 3)
        #expect(pairs.join(other, partitions: 3).partitionCount == 3)
        #expect(pairs.leftOuterJoin(other, partitions: 3).partitionCount == 3)
        #expect(pairs.rightOuterJoin(other, partitions: 3).partitionCount == 3)
        #expect(pairs.fullOuterJoin(other, partitions: 3).partitionCount == 3)
        #expect(pairs.cogroup(other, partitions: 3).partitionCount == 3)
        #expect(pairs.cogroup(other, other, partitions: 3).partitionCount == 3)
        #expect(pairs.cogroup(other, other, other, partitions: 3).partitionCount == 3)
        #expect(pairs.subtractByKey(other, partitions: 3).partitionCount == 3)
        #expect(pairs.keys().subtract(other.keys(), partitions: 3).partitionCount == 3)
        #expect(pairs.keys().intersection(other.keys(), partitions: 3).partitionCount == 3)
        #expect(pairs.subtract(pairs, partitions: 3).partitionCount == 3)
        #expect(pairs.intersection(pairs, partitions: 3).partitionCount == 3)
        #expect(pairs.distinct(partitions: 3).partitionCount == 3)
        #expect(pairs.groupByKey(partitions: 3).partitionCount == 3)
        #expect(pairs.groupBy(partitions: 3) { $0.1 }.partitionCount == 3)
        #expect(pairs.reduceByKey(partitions: 3, +).partitionCount == 3)
        #expect(pairs.foldByKey(0, partitions: 3, +).partitionCount == 3)
        #expect(pairs.foldByKey(into: 0, partitions: 3) { $0 += $1 }.partitionCount == 3)
        #expect(pairs.aggregateByKey(0, partitions: 3, +, combine: +).partitionCount == 3)
        #expect(pairs.aggregateByKey(into: 0, partitions: 3) { $0 += $1 } combine: { $0 += $1 }.partitionCount == 3)
        #expect(pairs.combineByKey(partitions: 3, create: { $0 }, mergeValue: +, mergeCombined: +).partitionCount == 3)
        let asOf = pairs.asOfJoin(pairs, partitions: 3) { $0 } otherTime: { $0 }
        #expect(asOf.partitionCount == 3)
        #expect(Partitioner<Int>.hash(4) == .hash(4))
        #expect(Partitioner<Int>.hash(4) != .hash(5))
        #expect(Partitioner.range(bounds: [1, 2]) == .range(bounds: [2, 1]))
        #expect(try Partitioner.range(bounds: [10]).partition(of: 11) == 1)
    }

    /// One of both, or both if they agree.
    @Test func partitionsAndPartitioner() async throws {
        let pairs = context.parallelize([(1, 2)], partitions: 2)
        #expect(try await pairs.reduceByKey(partitions: 2, partitioner: .range(bounds: [1]), +).count() == 1)
        let refused: [@Sendable () async throws -> Int] = [
            { try await pairs.reduceByKey(partitions: 3, partitioner: .range(bounds: [1]), +).count() },
            { try await pairs.groupByKey(partitions: 3, partitioner: .hash(2)).count() },
            { try await pairs.join(pairs, partitions: 3, partitioner: .hash(2)).count() },
            { try await pairs.subtractByKey(pairs, partitions: 3, partitioner: .hash(2)).count() },
            { try await pairs.keys().subtract(pairs.keys(), partitions: 3, partitioner: .hash(2)).count() },
            { try await pairs.keys().intersection(pairs.keys(), partitions: 3, partitioner: .hash(2)).count() },
            { try await pairs.groupBy(partitions: 3, partitioner: .hash(2)) { $0.0 }.count() },
        ]
        for action in refused {
            let error = try #require(await #expect(throws: ArgumentError.self) { try await action() })
            #expect(error.problem == "3 partitions are asked for, and a partitioner with 2; give one of both")
        }
        await #expect(throws: ArgumentError.self) { try await pairs.partitionBy(0).count() }
    }

    @Test func keysInRanges() async throws {
        let pairs = context.range(0, 60, partitions: 4).map { ($0, $0) }
        let sorted = [
            pairs, pairs.sortByKey(), pairs.sortByKey(ascending: false), pairs.partitionBy(.range(bounds: [15, 30, 45])),
            pairs.partitionBy(.range(bounds: [15, 30, 45], ascending: false)),
        ]
        for rdd in sorted {
            #expect(try await rdd.filterByRange(20..<40).keys().collect().sorted() == Array(20..<40))
            #expect(try await rdd.filterByRange(20...40).keys().collect().sorted() == Array(20...40))
            #expect(try await rdd.filterByRange(20...).keys().collect().sorted() == Array(20..<60))
            #expect(try await rdd.filterByRange(..<20).keys().collect().sorted() == Array(0..<20))
            #expect(try await rdd.filterByRange(...20).keys().collect().sorted() == Array(0...20))
            #expect(try await rdd.filterByRange(15..<15).isEmpty())
        }
        let placed = pairs.partitionBy(.range(bounds: [15, 30, 45]))
        #expect(placed.filterByRange(..<20).partitionCount == 2)
        #expect(placed.filterByRange(31...).partitionCount == 2)
        #expect(try await context.parallelize(["a": 1, "b": 2]).filterByRange("b"...).values().collect() == [2])
    }

    @Test func statistics() async throws {
        let numbers = context.parallelize([1.0, 2, 3, 6], partitions: 2)
        let stats = try await numbers.stats()
        #expect(stats.variance == 3.5 && stats.popVariance == 3.5)
        #expect(try await stats.stdev == numbers.stdev())
        #expect(try await stats.popStdev == numbers.popStdev())
        #expect(try await stats.sampleStdev == numbers.sampleStdev())
        #expect(try await stats.sampleVariance == numbers.sampleVariance())
        let (edges, counts) = try await numbers.histogram(buckets: 2)
        #expect(edges == [1, 3.5, 6])
        #expect(counts == [3, 1])
        let (_, older) = try await numbers.histogram(edges: [0, 3, 10])
        #expect(older == [2, 2])
        #expect(try await context.range(100).sample(1).count() == 100)
        #expect(try await context.range(100).sample(0.1, seed: 7).count() < 100)
        let total = context.longAccumulator("total")
        try await context.range(10).foreach { total += $0 }
        total += 5
        #expect(total.value == 50)
    }

    @Test func elementsOfPartitions() async throws {
        let numbers = context.range(0, 5, partitions: 2)
        #expect(try await numbers.mapPartitions { [$0.count] }.collect() == [2, 3])
        #expect(try await numbers.mapPartitions { rows in rows.isEmpty ? [] : [rows.next()!] }.collect() == [0, 2])
        #expect(try await context.emptyRDD(Int.self).repartition(2).mapPartitions { [$0.isEmpty] }.collect() == [true, true])
        let pairs = numbers.mapPartitions { rows in
            var sums: [Int] = []
            while let first = rows.next() { sums.append(first + (rows.next() ?? 0)) }
            return sums
        }
        #expect(try await pairs.collect() == [1, 5, 4])
        let texts = numbers.map { "\($0)" }.mapPartitions { [$0.isEmpty, $0.count == 0, $0.isEmpty] }
        #expect(try await texts.collect() == [false, false, true, false, false, true])
        let later = numbers.map { "\($0)" }.mapPartitions { rows in
            _ = rows.next()
            return [rows.count]
        }
        #expect(try await later.collect() == [1, 2])
        // The counts are lost; a reader gets an error.
        let error = await #expect(throws: JobError.self) {
            try await numbers.mapPartitions { rows in
                let count = rows.count
                return rows.map { $0 / count }
            }.count()
        }
        #expect("\(try #require(error))".contains("were counted, which spends them"))
        let twice = await #expect(throws: JobError.self) {
            try await numbers.foreachPartition { rows in _ = rows.count + rows.count }
        }
        #expect("\(try #require(twice))".contains("foreachPartition"))
    }

    @Test func partitionsByIndex() async throws {
        let letters = context.parallelize(["a", "b", "c", "d"], partitions: 4)
        #expect(try await letters.keepPartitions { $0 >= 2 }.collect() == ["c", "d"])
        #expect(try await letters.keepPartitions([0, 3].contains).collect() == ["a", "d"])
        #expect(letters.keepPartitions { _ in false }.partitionCount == 0)
        let placed = letters.map { ($0, 1) }.partitionBy(3)
        let place = try #require(try placed.partition(of: "c"))
        #expect(try await placed.keepPartitions { $0 == place }.keys().collect().contains("c"))
        #expect(try letters.map { ($0, 1) }.partition(of: "c") == nil)
        let beyond = Partitioner<String>.custom(identity: "beyond", partitionCount: 2) { _ in 7 }
        #expect(throws: ArgumentError.self) { try letters.map { ($0, 1) }.partitionBy(beyond).partition(of: "c") }
    }

    @Test func wholePairs() async throws {
        let moves = context.parallelize([("e", 4), ("d", 4), ("e", 4), ("e", 5)], partitions: 2)
        #expect(try await moves.countByValue() == [Pair("e", 4): 2, Pair("d", 4): 1, Pair("e", 5): 1])
        #expect(try await moves.max() == ("e", 5))
        #expect(try await moves.min() == ("d", 4))
        #expect(try await moves.top(2).map { "\($0)" } == [#"("e", 5)"#, #"("e", 4)"#])
        #expect(try await moves.takeOrdered(2).map { "\($0)" } == [#"("d", 4)"#, #"("e", 4)"#])
        #expect(try await moves.topK(1)[0].item == Pair("e", 4))
        #expect(try await moves.countApproxDistinct() == 3)
        #expect(try await moves.distinct().count() == 3)
        let numbers = context.parallelize([(Double.nan, 1), (2, 1), (2, .max)], partitions: 3)
        #expect(try await numbers.min() == (2, 1))
        #expect(try await numbers.max().0.isNaN)
        await #expect(throws: EmptyCollectionError.self) { try await moves.filter { _ in false }.max() }
    }
}

/// `exit` in `run` is the C function.
private struct Ending: MartletApp {
    func run(_ context: MartletContext) async throws {
        if try await context.range(1).isEmpty() { exit(0) }
    }
}

import Martlet
import TestSupport
import Testing

@Suite struct NumberTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]", "martlet.batch.bytes=4k") }

    @Test(arguments: [1, 3, 50])
    func momentsOfEveryType(_ partitions: Int) async throws {
        let values = [3, 1, 4, 1, 5, 9, 2, 6, 100, 3, 1, 4, 1, 5, 9, 2, 6, 35]
        func check<Number: DoubleConvertible>(_ numbers: [Number]) async throws {
            let rdd = context.parallelize(numbers, partitions: partitions)
            let stats = try await rdd.stats()
            var expected = Statistics()
            for value in values { expected.add(Double(value)) }
            #expect(stats.count == 18 && stats.min == 1 && stats.max == 100)
            #expect(abs(stats.mean - expected.mean) < 1e-9 && abs(stats.variance - expected.variance) < 1e-8)
            #expect(abs(stats.skewness - expected.skewness) < 1e-9 && abs(stats.kurtosis - expected.kurtosis) < 1e-8)
            #expect(try await rdd.mean() == stats.mean)
            #expect(try await rdd.variance() == stats.variance)
            #expect(try await rdd.popVariance() == stats.variance)
            #expect(try await rdd.sampleVariance() == stats.sampleVariance)
            #expect(try await rdd.stdev() == stats.standardDeviation)
            #expect(try await rdd.popStdev() == stats.standardDeviation)
            #expect(try await rdd.sampleStdev() == stats.sampleStandardDeviation)
        }
        try await check(values)
        try await check(values.map { Int8($0) })
        try await check(values.map { UInt64($0) })
        try await check(values.map { Float($0) })
        try await check(values.map { Double($0) })
        #expect(try await context.parallelize(values.map { Float($0) }, partitions: partitions).sum() == 197)
        #expect(try await context.parallelize(values.map { UInt8($0) }, partitions: partitions).sum() == 197)
    }

    @Test func nothing() async throws {
        for empty in [context.emptyRDD(of: Double.self), context.parallelize([], partitions: 3)] {
            #expect(try await empty.sum() == 0)
            #expect(try await empty.mean().isNaN)
            #expect(try await empty.variance().isNaN)
            #expect(try await empty.stdev().isNaN)
            #expect(try await empty.sampleVariance().isNaN)
            #expect(try await empty.stats().count == 0)
            #expect(try await empty.histogram(edges: [0, 1, 2]).counts == [0, 0])
            #expect(await failure { try await empty.histogram(buckets: 3) } is EmptyCollectionError)
            #expect(try await empty.quantiles([0, 0.5]) == [])
            #expect(try await empty.quantileSketch().count == 0)
            #expect(try await empty.topK(3).isEmpty)
            #expect(try await empty.frequentItems().count == 0)
            #expect(try await empty.countApproxDistinct() == 0)
        }
        #expect(try await context.parallelize([5.0]).sampleVariance().isNaN)
    }

    @Test(arguments: [1, 4])
    func histograms(_ partitions: Int) async throws {
        let rdd = context.parallelize([1, 1, 1, 2, 3, 3], partitions: partitions)
        #expect(try await rdd.histogram(buckets: 4).counts == [3, 0, 1, 2])
        #expect(try await rdd.histogram(buckets: 3).counts == [3, 1, 2])
        let large = context.range(6, 100, partitions: partitions)
        #expect(try await large.histogram(buckets: 8).edges == [6, 17.625, 29.25, 40.875, 52.5, 64.125, 75.75, 87.375, 99])
        #expect(try await large.histogram(buckets: 8).counts == [12, 12, 11, 12, 12, 11, 12, 12])
        #expect(try await large.histogram(buckets: 9).counts == [11, 10, 10, 11, 10, 10, 11, 10, 11])
        #expect(try await large.histogram(edges: [0, 10, 50, 1000], even: true).counts == [4, 40, 50])
        let same = try await context.parallelize([1, 1, 1, 1], partitions: partitions).histogram(buckets: 3)
        #expect(same.edges == [1, 1] && same.counts == [4])
        let few = try await context.parallelize([1, 2], partitions: partitions).histogram(buckets: 10)
        #expect(few.edges.count == 11 && few.counts == [1, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        let special = context.parallelize([-0.01, 200, 200.1, .infinity, -.infinity, .nan], partitions: partitions)
        #expect(try await special.histogram(edges: [0, 200, .nan]).counts == [0, 4])
        #expect(try await special.histogram(edges: [-.infinity, 0, .infinity]).counts == [2, 3])
    }

    @Test func wrongHistograms() async throws {
        for special in [Double.nan, .infinity, -.infinity] {
            let error = await failure {
                try await context.parallelize([1, special], partitions: 2).histogram(buckets: 2, line: 7)
            }
            #expect(error.map { "\($0)" }?.hasSuffix("which cannot be cut into buckets; give the edges") == true)
        }
        let rdd = context.range(0, 9, partitions: 2)
        for count in [0, -1] {
            let error = await failure { try await rdd.histogram(buckets: count, line: 7) }
            #expect(error.map { "\($0)" } == "histogram at NumberTests.swift:7: cannot make \(count) buckets; there must be at least 1")
        }
        let error = await failure { try await rdd.histogram(edges: [1], line: 7) }
        #expect(error.map { "\($0)" } == "histogram at NumberTests.swift:7: a histogram needs at least two edges, not 1")
    }

    @Test(arguments: [1, 8])
    func quantiles(_ partitions: Int) async throws {
        let rdd = context.range(0, 50_000, partitions: partitions).map { $0 &* 7919 % 50_000 }
        let answers = try await rdd.quantiles([0, 0.1, 0.5, 0.9, 1], accuracy: 0.01)
        #expect(answers.first == 0 && answers.last == 49_999)
        for (answer, expected) in zip(answers, [0, 5000, 25_000, 45_000, 49_999]) { #expect(abs(answer - expected) <= 500) }
        #expect(try await rdd.quantiles([0.5], seed: 3) == rdd.quantiles([0.5], seed: 3))
        let words = context.parallelize(["d", "b", "a", "c"], partitions: partitions)
        #expect(try await words.quantiles([0.5, 0.75]) == ["b", "c"])
        #expect(try await rdd.quantiles([]) == [])
        for wrong in [-0.1, 1.1, .nan] {
            let error = await failure { try await words.quantiles([0.5, wrong], line: 7) }
            #expect(error.map { "\($0)" } == "quantiles at NumberTests.swift:7: a probability is 0 to 1, not \(wrong)")
            let other = await failure { try await words.quantileSketch(accuracy: wrong - 0.5, line: 7) }
            #expect(other.map { "\($0)" }?.hasPrefix("quantileSketch at NumberTests.swift:7: an accuracy is 0.00001 to 0.5") == true)
        }
    }

    @Test(arguments: [1, 8])
    func frequentItems(_ partitions: Int) async throws {
        // Number n occurs n times.
        let rdd = context.range(1, 100, partitions: partitions).flatMap { repeatElement($0, count: $0) }
        let exact = try await rdd.topK(3)
        #expect(exact.map(\.description) == ["99: 99", "98: 98", "97: 97"])
        let summary = try await rdd.frequentItems(counters: 60)
        #expect(summary.count == 4950 && summary.errorBound == 81)
        for number in 1..<100 { #expect(summary.bounds(of: number).contains(number)) }
        #expect(Set(summary.items.map(\.item)).isSuperset(of: 82..<100))
        #expect(try await rdd.topK(0).isEmpty)
        #expect(try await rdd.topK(.max).count == 99)
        let wrong: [(Int, Int?, String)] = [
            (-1, nil, "cannot take -1 elements"), (5, 4, "4 counters are too few; give at least 5"),
            (0, 0, "0 counters are too few; give at least 1"),
        ]
        for (k, counters, text) in wrong {
            let error = await failure { try await rdd.topK(k, counters: counters, line: 7) }
            #expect(error.map { "\($0)" } == "topK at NumberTests.swift:7: \(text)")
        }
        #expect(await failure { try await rdd.frequentItems(counters: 0) } is ArgumentError)
    }

    @Test(.localOnly) func objectsAreSpentOnce() async throws {
        let counter = LiveCounter()
        let objects = context.range(0, 3000, partitions: 3).map { Tracked($0 % 70, counter) }
        #expect(try await objects.quantiles([1]).map(\.value) == [69])
        #expect(try await objects.topK(1, counters: 3).count <= 1)
        #expect(try await abs(objects.countApproxDistinct() - 70) < 12)
        #expect(counter.live == 0)
    }

    @Test(arguments: [1, 8])
    func distinctCounts(_ partitions: Int) async throws {
        let rdd = context.range(0, 60_000, partitions: partitions).map { $0 % 20_000 }
        for (relativeSD, bound) in [(0.05, 0.15), (0.01, 0.03), (0.5, 1.5)] {
            let estimate = Double(try await rdd.countApproxDistinct(relativeSD: relativeSD))
            #expect(abs(estimate / 20_000 - 1) < bound)
        }
        #expect(try await abs(rdd.countApproxDistinct(precision: 14, sparsePrecision: 0) - 20_000) < 500)
        #expect(try await abs(rdd.map { String($0) }.countApproxDistinct(precision: 14, sparsePrecision: 20) - 20_000) < 500)
        for wrong in [0.000017, -1, .nan] {
            let error = await failure { try await rdd.countApproxDistinct(relativeSD: wrong, line: 7) }
            #expect(error.map { "\($0)" } == "countApproxDistinct at NumberTests.swift:7: a relative standard deviation is above 0.000017, not \(wrong)")
        }
        for (precision, sparse) in [(3, 0), (33, 0), (9, 8), (9, 33), (9, -1)] {
            #expect(await failure { try await rdd.countApproxDistinct(precision: precision, sparsePrecision: sparse) } is ArgumentError)
        }
    }

    /// The engine's hashes of such numbers are even, not random: unscrambled, the estimates were wrong by up to three
    /// quarters.
    @Test(arguments: [1, 2, 64, 1 << 20, 1 << 33])
    func distinctCountsOfNumbersInARow(_ step: Int) async throws {
        for count in [1000, 5000, 20_000] {
            let numbers = context.range(0, count, partitions: 4).map { $0 &* step }
            let estimate = try await numbers.countApproxDistinct(precision: 10, sparsePrecision: 0)
            let error: Double = abs(Double(estimate) / Double(count) - 1)
            #expect(error < 4 * 0.0325, "\(count)")
        }
    }

    @Test(arguments: [1, 8])
    func distinctCountsByKey(_ partitions: Int) async throws {
        // Key k has 10^k different values.
        let rows = context.range(0, 40_000, partitions: partitions).map { row in
            (row % 4, String(row % [1, 10, 100, 1000, 10_000][row % 4 + 1]))
        }
        for counts in [
            rows.countApproxDistinctByKey(relativeSD: 0.02, partitions: 3),
            rows.countApproxDistinctByKey(precision: 12, sparsePrecision: 25),
        ] {
            let estimates = try await counts.collect()
            #expect(estimates.count == 4)
            for (key, estimate) in estimates {
                let exact = Set(stride(from: key, to: 40_000, by: 4).map { $0 % [10, 100, 1000, 10_000][key] }).count
                #expect(abs(Double(estimate) / Double(exact) - 1) < 0.08, "\(key)")
            }
        }
        let placed = rows.partitionBy(.hash(3))
        #expect(placed.countApproxDistinctByKey().partitioner == placed.partitioner)
        #expect(try await context.parallelize([(Int, Int)]()).countApproxDistinctByKey().isEmpty())
        let error = await failure { try await rows.countApproxDistinctByKey(relativeSD: 0, line: 7).count() }
        #expect(error.map { "\($0)" } == "countApproxDistinctByKey at NumberTests.swift:7: a relative standard deviation is above 0.000017, not 0.0")
        #expect(await failure { try await rows.countApproxDistinctByKey(precision: 3, sparsePrecision: 0).count() } is ArgumentError)
        #expect(await failure { try await rows.countApproxDistinctByKey(partitions: 0).count() } is ArgumentError)
    }
}

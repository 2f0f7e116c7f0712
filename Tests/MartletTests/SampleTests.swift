import Martlet
import TestSupport
import Testing

@Suite struct SampleTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]", "martlet.batch.bytes=4k") }

    private let fractions = [0, 0.003, 0.05, 0.3, 0.7, 1]

    /// Whether `part` is `whole` with some elements left out.
    private func isSubsequence(_ part: [Int], of whole: [Int]) -> Bool {
        var rest = part[...]
        for element in whole where rest.first == element { rest = rest.dropFirst() }
        return rest.isEmpty
    }

    @Test(arguments: [1, 3, 20])
    func withoutReplacement(_ partitions: Int) async throws {
        let rdd = context.range(0, 20_000, partitions: partitions)
        for fraction in fractions {
            let sample = try await rdd.sample(withReplacement: false, fraction: fraction, seed: 5).collect()
            #expect(abs(Double(sample.count) - 20_000 * fraction) <= 5 * (20_000 * fraction).squareRoot())
            #expect(isSubsequence(sample, of: Array(0..<20_000)))
            if fraction == 1 { #expect(sample.count == 20_000) }
        }
    }

    @Test(arguments: [1, 3, 20])
    func withReplacement(_ partitions: Int) async throws {
        let rdd = context.range(0, 5000, partitions: partitions)
        for fraction in fractions + [2.5, 400] {
            let sample = try await rdd.sample(withReplacement: true, fraction: fraction, seed: 5).collect()
            #expect(abs(Double(sample.count) - 5000 * fraction) <= 5 * (5000 * fraction).squareRoot())
            #expect(sample == sample.sorted() && sample.allSatisfy { (0..<5000).contains($0) })
            if fraction == 2.5 { #expect(Set(sample).count < sample.count) }
        }
    }

    @Test func seedsDecide() async throws {
        let rdd = context.range(0, 1000, partitions: 4)
        for withReplacement in [false, true] {
            for fraction in [0.05, 0.5] {
                func sample(_ seed: Int?) -> RDD<Int> {
                    rdd.sample(withReplacement: withReplacement, fraction: fraction, seed: seed)
                }
                let (first, second, other, unseeded) = (sample(1), sample(1), sample(2), sample(nil))
                #expect(try await first.collect() == second.collect())
                #expect(try await first.collect() != other.collect())
                #expect(try await unseeded.collect() == unseeded.collect(), "the seed is drawn once")
                #expect(try await unseeded.collect() != sample(nil).collect())
                let parts = try await first.collectPartitions().enumerated().map { part in part.element.map { $0 - 250 * part.offset } }
                #expect(Set(parts).count == 4, "partitions are sampled independently")
            }
        }
    }

    @Test func keepsPartitionerAndCache() async throws {
        let pairs = context.range(0, 3000, partitions: 3).keyBy { $0 % 100 }.partitionBy(.hash(4))
        for withReplacement in [false, true] {
            let sample = pairs.sample(withReplacement: withReplacement, fraction: 0.3, seed: 1)
            #expect(sample.partitioner == pairs.partitioner && sample.partitioner != nil)
            let rows = try await sample.collect().map(\.1)
            pairs.cache()
            #expect(try await pairs.count() == 3000)
            #expect(try await sample.collect().map(\.1) == rows, "a cached input gives the same sample")
            pairs.unpersist()
        }
        #expect(try await context.range(0, 100, partitions: 2).sample(withReplacement: true, fraction: 50, seed: 1).take(3) == [0, 0, 0])
    }

    @Test(.localOnly, arguments: [false, true])
    func objectsAreSpentOnce(_ withReplacement: Bool) async throws {
        let counter = LiveCounter()
        for fraction in fractions {
            for isCached in [false, true] {
                let objects = context.range(0, 3000, partitions: 3).map { Tracked($0, counter) }
                if isCached { objects.cache() }
                let sample = objects.sample(withReplacement: withReplacement, fraction: fraction, seed: 3)
                let values = try await sample.map(\.value).collect()
                #expect(try await sample.map(\.value).collect() == values)
                _ = try await sample.take(2)
                let error = await failure {
                    try await sample.map { object in
                        if object.value > 2000 { throw Refusal(value: object.value) }
                        return object.value
                    }.count()
                }
                #expect((error != nil) == (values.contains { $0 > 2000 }))
                objects.unpersist()
            }
        }
        #expect(counter.live == 0 && counter.total > 0)
    }

    @Test func emptyAndFailing() async throws {
        for empty in [context.emptyRDD(of: Int.self), context.parallelize([], partitions: 3)] {
            #expect(try await empty.sample(withReplacement: false, fraction: 0.5).collect() == [])
            #expect(try await empty.sample(withReplacement: true, fraction: 5).collect() == [])
            for part in empty.randomSplit([1, 2]) { #expect(try await part.collect() == []) }
        }
        #expect(try await context.parallelize([7], partitions: 5).sample(withReplacement: false, fraction: 1).collect() == [7])
        let error = await failure {
            try await context.range(0, 9, partitions: 3).map { if $0 == 5 { throw Refusal(value: 5) } else { $0 } }
                .sample(withReplacement: false, fraction: 0.01).count()
        }
        #expect(error.map { "\($0)" }?.contains("5 is refused") == true)
    }

    @Test func wrongFractions() async throws {
        let rdd = context.range(0, 9, partitions: 3)
        for fraction in [-0.1, .nan, 1.01, .infinity] {
            let error = await failure { try await rdd.sample(withReplacement: false, fraction: fraction, line: 7).count() }
            #expect(error.map { "\($0)" } == "sample at SampleTests.swift:7: a fraction without replacement is 0 to 1, not \(fraction)")
        }
        for fraction in [-0.1, .nan, 1e10, .infinity] {
            let error = await failure { try await rdd.sample(withReplacement: true, fraction: fraction, line: 7).map { $0 }.count() }
            #expect(error.map { "\($0)" } == "sample at SampleTests.swift:7: a fraction with replacement is 0 to 2147483647, not \(fraction)")
        }
    }

    @Test(arguments: [1, 4])
    func splitsAreDisjointAndWhole(_ partitions: Int) async throws {
        let rdd = context.range(0, 10_000, partitions: partitions)
        for weights in [[1], [1, 1], [0.7, 0.2, 0.1], [0, 5, 0], [1e300, 1e300], [1, 1e-300], Array(repeating: 0.1, count: 10)] {
            let splits = rdd.randomSplit(weights, seed: 3)
            #expect(splits.count == weights.count)
            var all: [Int] = []
            for (split, weight) in zip(splits, weights) {
                let part = try await split.collect()
                #expect(part == part.sorted())
                let expected = 10_000 * (weight / 1e300) / weights.reduce(0) { $0 + $1 / 1e300 }
                #expect(abs(Double(part.count) - expected) <= 5 * expected.squareRoot())
                all += part
            }
            #expect(all.sorted() == Array(0..<10_000))
        }
        let pairs = rdd.keyBy { $0 }.partitionBy(.hash(3))
        #expect(pairs.randomSplit([1, 2]).allSatisfy { $0.partitioner == pairs.partitioner })
        let unseeded = rdd.randomSplit([1, 1])
        #expect(try await unseeded[0].union(unseeded[1]).collect().sorted() == Array(0..<10_000))
    }

    @Test func wrongWeights() async throws {
        let rdd = context.range(0, 9, partitions: 3)
        let wrong: [([Double], String)] = [
            ([], "there are no weights"), ([0, 0], "all weights are 0"),
            ([1, -1], "weights are finite and not negative, unlike -1.0"),
            ([1, .nan], "weights are finite and not negative, unlike nan"),
            ([.infinity], "weights are finite and not negative, unlike inf"),
        ]
        for (weights, text) in wrong {
            let parts = rdd.randomSplit(weights, line: 7)
            #expect(parts.count == max(1, weights.count))
            for part in parts {
                let error = await failure { try await part.count() }
                #expect(error.map { "\($0)" } == "randomSplit at SampleTests.swift:7: \(text)")
            }
        }
    }
}

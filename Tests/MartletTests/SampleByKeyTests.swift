import Martlet
import TestSupport
import Testing

@Suite struct SampleByKeyTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]", "martlet.batch.bytes=4k") }

    /// Key "a" is half of the rows, "b" a third, "c" the rest.
    private func rows(_ partitions: Int) -> RDD<(String, Int)> {
        context.range(0, 6000, partitions: partitions).map { (["a", "b", "a", "b", "a", "c"][$0 % 6], $0) }
    }

    private let sizes = ["a": 3000, "b": 2000, "c": 1000]

    @Test(arguments: [1, 5], [false, true])
    func sizesByKey(_ partitions: Int, _ withReplacement: Bool) async throws {
        let fractions = ["a": 0.5, "b": 0.01, "x": 1, "c": withReplacement ? 3.0 : 1]
        let rows = rows(partitions)
        let sample = rows.sampleByKey(withReplacement: withReplacement, fractions: fractions, seed: 2)
        let drawn = try await sample.collect()
        #expect(drawn.map(\.1) == drawn.map(\.1).sorted())
        for (key, size) in sizes {
            let expected = Double(size) * (fractions[key] ?? 0)
            let count = Double(drawn.count { $0.0 == key })
            #expect(abs(count - expected) <= 5 * expected.squareRoot(), "\(key)")
        }
        #expect(try await sample.collect().map(\.1) == drawn.map(\.1))
        let some = try await rows.sampleByKey(withReplacement: withReplacement, fractions: ["c": 1], seed: 2).collect()
        #expect(some.allSatisfy { $0.0 == "c" }, "keys that are not named are left out")
        #expect(try await rows.sampleByKey(withReplacement: withReplacement, fractions: [:]).isEmpty())
    }

    @Test(arguments: [1, 5, 40], [false, true])
    func sizesByKeyExactly(_ partitions: Int, _ withReplacement: Bool) async throws {
        let rows = rows(partitions)
        for seed in 0..<5 {
            let fractions = ["a": 0.3337, "b": 0.0001, "x": 0.5, "c": withReplacement ? 2.0 : 1]
            let sample = try await rows.sampleByKeyExact(
                withReplacement: withReplacement, fractions: fractions, seed: seed)
            let drawn = try await sample.collect()
            #expect(drawn.count { $0.0 == "a" } == 1002)
            #expect(drawn.count { $0.0 == "b" } == 1)
            #expect(drawn.count { $0.0 == "c" } == (withReplacement ? 2000 : 1000))
            #expect(drawn.map(\.1) == drawn.map(\.1).sorted())
            #expect(withReplacement || Set(drawn.map(\.1)).count == drawn.count)
            let again = try await rows.sampleByKeyExact(
                withReplacement: withReplacement, fractions: fractions, seed: seed)
            #expect(try await again.collect().map(\.1) == drawn.map(\.1))
        }
    }

    @Test func exactSamplesAreFair() async throws {
        let rows = context.range(0, 12, partitions: 4).map { ($0 < 10 ? 1 : 2, $0) }
        var seen = [Int](repeating: 0, count: 12)
        for seed in 0..<300 {
            let sample = try await rows.sampleByKeyExact(withReplacement: false, fractions: [1: 0.3, 2: 0.5], seed: seed)
            for row in try await sample.collect() { seen[row.1] += 1 }
        }
        #expect(seen[..<10].allSatisfy { abs($0 - 90) < 45 } && seen[10] + seen[11] == 300, "\(seen)")
        #expect(abs(seen[10] - 150) < 45)
    }

    @Test(.localOnly, arguments: [false, true])
    func objectsAreSpentOnce(_ withReplacement: Bool) async throws {
        let counter = LiveCounter()
        let rows = context.range(0, 900, partitions: 3).map { ($0 % 3, Tracked($0, counter)) }
        let fractions = [0: 0.5, 1: 0.1]
        _ = try await rows.sampleByKey(withReplacement: withReplacement, fractions: fractions).map(\.1.value).collect()
        let exact = try await rows.sampleByKeyExact(withReplacement: withReplacement, fractions: fractions)
        #expect(try await exact.map(\.1.value).count() == 180)
        #expect(counter.live == 0 && counter.total == 2700)
    }

    @Test func edges() async throws {
        let pairs = rows(4).partitionBy(.hash(3))
        #expect(pairs.sampleByKey(withReplacement: false, fractions: ["a": 0.5]).partitioner == pairs.partitioner)
        #expect(try await pairs.sampleByKeyExact(withReplacement: true, fractions: ["a": 0.5]).partitioner == pairs.partitioner)
        for empty in [context.emptyRDD(of: (String, Int).self), context.parallelize([(String, Int)](), partitions: 3)] {
            #expect(try await empty.sampleByKey(withReplacement: true, fractions: ["a": 2]).isEmpty())
            #expect(try await empty.sampleByKeyExact(withReplacement: true, fractions: ["a": 2]).isEmpty())
        }
        let wrong: [(Bool, Double, String)] = [
            (false, -1, "key a: a fraction without replacement is 0 to 1, not -1.0"),
            (false, 1.5, "key a: a fraction without replacement is 0 to 1, not 1.5"),
            (true, .nan, "key a: a fraction with replacement is 0 to 2147483647, not nan"),
        ]
        for (withReplacement, fraction, text) in wrong {
            let lazily = await failure {
                try await pairs.sampleByKey(withReplacement: withReplacement, fractions: ["a": fraction], line: 7).count()
            }
            #expect(lazily.map { "\($0)" } == "sampleByKey at SampleByKeyTests.swift:7: \(text)")
            let exactly = await failure {
                try await pairs.sampleByKeyExact(withReplacement: withReplacement, fractions: ["a": fraction], line: 7)
            }
            #expect(exactly.map { "\($0)" } == "sampleByKeyExact at SampleByKeyTests.swift:7: \(text)")
        }
    }
}

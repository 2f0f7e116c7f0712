import Martlet
import Testing

/// The same seed gives the same result whatever the number of slots.
@Suite struct SeededResultTests {
    private func results(_ master: String) async throws -> [String] {
        let context = try makeContext(master)
        defer { context.stop() }
        let numbers = context.range(0, 30_000, partitions: 7).map { $0 &* 7919 % 30_011 }
        let pairs = numbers.keyBy { $0 % 5 }
        let shuffled = pairs.reduceByKey(partitions: 3) { $0 &+ $1 }.values().union(numbers.repartition(4))
        var results: [String] = []
        for withReplacement in [false, true] {
            for fraction in [0.01, 0.6] {
                results.append("\(try await numbers.sample(withReplacement: withReplacement, fraction: fraction, seed: 1).collect())")
                results.append("\(try await shuffled.sample(withReplacement: withReplacement, fraction: fraction, seed: 1).collect())")
            }
            results.append("\(try await numbers.takeSample(withReplacement: withReplacement, count: 99, seed: 1))")
            let fractions = [0: 0.1, 1: 0.9, 4: 0.01]
            results.append("\(try await pairs.sampleByKey(withReplacement: withReplacement, fractions: fractions, seed: 1).collect())")
            let exact = try await pairs.sampleByKeyExact(withReplacement: withReplacement, fractions: fractions, seed: 1)
            results.append("\(try await exact.collect())")
        }
        for part in numbers.randomSplit([1, 2, 3], seed: 1) { results.append("\(try await part.collect())") }
        let questions = stride(from: 0.0, through: 1, by: 0.01).map { $0 }
        results.append("\(try await numbers.quantiles(questions, accuracy: 0.05, seed: 1))")
        results.append("\(try await numbers.stats()) \(try await numbers.stats().kurtosis)")
        results.append("\(try await numbers.histogram(buckets: 7))")
        results.append("\(try await numbers.map { $0 % 100 }.topK(20, counters: 30))")
        results.append("\(try await numbers.countApproxDistinct())")
        results.append("\(try await pairs.countApproxDistinctByKey(partitions: 3).collect())")
        return results
    }

    @Test func slotsDoNotMatter() async throws {
        let (one, four, again) = (try await results("local[1]"), try await results("local[4]"), try await results("local[4]"))
        for index in one.indices {
            #expect(one[index] == four[index], "result \(index)")
            #expect(four[index] == again[index], "result \(index)")
        }
    }

    private func fingerprint(_ numbers: [Int]) -> Int { numbers.reduce(0) { $0 * 31 % 1_000_003 + $1 } }

    /// Swift's own hashes, and so the order of dictionaries, differ between processes.
    @Test func processesDoNotMatter() async throws {
        let context = try makeContext("local[2]")
        defer { context.stop() }
        let rows = context.range(0, 1000, partitions: 3).map { (String.normalPool[$0 % 10 + 3], $0) }
        let fractions = Dictionary(uniqueKeysWithValues: String.normalPool.map { ($0, 0.05) })
        let exact = try await rows.sampleByKeyExact(withReplacement: false, fractions: fractions, seed: 1).values().collect()
        #expect(exact.count == 50)
        #expect(fingerprint(exact) == 496_769)
        let drawn = try await rows.sampleByKey(withReplacement: true, fractions: fractions, seed: 1).values().collect()
        #expect(fingerprint(drawn) == 109_227)
        #expect(try await rows.keys().topK(3).map(\.item) == ["ab", "exactly 8", "sixteen letters!"])
        let estimate = try await rows.values().countApproxDistinct(precision: 4, sparsePrecision: 0)
        #expect(estimate == 1011)
    }
}

import Martlet
import TestSupport
import Testing

@Suite struct TakeSampleTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]") }

    @Test(arguments: [1, 7])
    func sizesAreExact(_ partitions: Int) async throws {
        let rdd = context.range(0, 500, partitions: partitions)
        for count in [0, 1, 2, 5, 100, 499, 500, 501, 3000] {
            for seed in 0..<4 {
                let once = try await rdd.takeSample(withReplacement: false, count: count, seed: seed)
                #expect(once.count == min(count, 500) && Set(once).count == once.count)
                #expect(once.allSatisfy { (0..<500).contains($0) })
                let often = try await rdd.takeSample(withReplacement: true, count: count, seed: seed)
                #expect(often.count == count && often.allSatisfy { (0..<500).contains($0) })
                if count > 100 { #expect(once != once.sorted() && Set(often).count < often.count) }
            }
        }
    }

    @Test func eachElementIsAsLikely() async throws {
        let rdd = context.range(0, 10, partitions: 3)
        var seen = [Int](repeating: 0, count: 10)
        for seed in 0..<300 {
            for element in try await rdd.takeSample(withReplacement: false, count: 3, seed: seed) { seen[element] += 1 }
        }
        #expect(seen.allSatisfy { abs($0 - 90) < 45 }, "\(seen)")
    }

    @Test func seedsDecide() async throws {
        let rdd = context.range(0, 1000, partitions: 3)
        for withReplacement in [false, true] {
            let first = try await rdd.takeSample(withReplacement: withReplacement, count: 20, seed: 4)
            #expect(try await rdd.takeSample(withReplacement: withReplacement, count: 20, seed: 4) == first)
            #expect(try await rdd.takeSample(withReplacement: withReplacement, count: 20, seed: 5) != first)
            #expect(try await rdd.takeSample(withReplacement: withReplacement, count: 20) != first)
        }
    }

    @Test func nothingToDrawFrom() async throws {
        for empty in [context.emptyRDD(of: Int.self), context.parallelize([], partitions: 3)] {
            #expect(try await empty.takeSample(withReplacement: false, count: 3) == [])
            #expect(try await empty.takeSample(withReplacement: true, count: 3) == [])
        }
    }

    @Test func wrongCounts() async throws {
        let rdd = context.range(0, 9, partitions: 3)
        for count in [-1, .min] {
            let error = await failure { try await rdd.takeSample(withReplacement: false, count: count, line: 7) }
            #expect(error.map { "\($0)" } == "takeSample at TakeSampleTests.swift:7: cannot draw \(count) elements")
        }
        #expect(try await rdd.takeSample(withReplacement: false, count: .max).count == 9)
        let error = await failure { try await rdd.takeSample(withReplacement: true, count: 1 << 60, line: 7) }
        #expect(error.map { "\($0)" }?.hasPrefix("takeSample at TakeSampleTests.swift:7: cannot draw \(1 << 60) elements; ") == true)
        let large = try makeContext("local[1]", "martlet.executor.memory=8g")
        defer { large.stop() }
        let bytes = large.range(0, 1, partitions: 1).map { UInt8($0) }
        let often = await failure { try await bytes.takeSample(withReplacement: true, count: 1 << 32, line: 7) }
        #expect(
            often.map { "\($0)" }
                == "takeSample at TakeSampleTests.swift:7: cannot draw 4294967296 elements of 1: no element can be drawn more than 2147483647 times")
        let broken = rdd.repartition(0, line: 8)
        for count in [0, 1] {
            let error = await failure { try await broken.takeSample(withReplacement: false, count: count) }
            #expect(error is ArgumentError)
        }
    }
}

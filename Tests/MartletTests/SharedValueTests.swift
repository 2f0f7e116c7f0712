import Martlet
import TestSupport
import Testing

/// Trees of partial results, statistics, accumulators, broadcasts, byte search.
@Suite struct SharedValueTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2,3]") }

    @Test(arguments: [1, 2, 3, 5], [1, 2, 7, 60])
    func trees(_ depth: Int, _ partitions: Int) async throws {
        let rdd = context.range(0, 500, partitions: partitions)
        #expect(try await rdd.treeReduce(depth: depth, +) == 500 * 499 / 2)
        #expect(try await rdd.filter { $0 == 123 }.treeReduce(depth: depth, +) == 123)
        let all = try await rdd.treeAggregate(into: [Int](), depth: depth) { $0.append($1) } combine: { $0 += $1 }
        #expect(all.sorted() == Array(0..<500))
        let letters = rdd.map { "\($0) " }
        #expect(try await letters.treeReduce(depth: depth, +) == letters.reduce(+), "parts meet in order")
    }

    @Test func treesOfNothing() async throws {
        for empty in [context.emptyRDD(of: Int.self), context.parallelize([], partitions: 30)] {
            #expect(await failure { try await empty.treeReduce(+) } is EmptyCollectionError)
            #expect(try await empty.treeAggregate(into: 0) { $0 += $1 } combine: { $0 += $1 } == 0)
        }
        let error = await failure { try await context.range(0, 5).treeReduce(depth: 0, +, line: 7) }
        #expect(error.map { "\($0)" } == "treeReduce at SharedValueTests.swift:7: a tree has at least 1 level, not 0")
    }

    @Test func failuresInTrees() async throws {
        let error = await failure {
            try await context.range(0, 100, partitions: 50).treeReduce(depth: 1, { left, right in
                if right == 77 { throw Refusal(value: right) }
                return left + right
            }, line: 7)
        }
        let text = try #require(error.map { "\($0)" })
        #expect(text.hasPrefix("treeReduce at SharedValueTests.swift:7 failed in partition 38 of"), "\(text)")
    }

    @Test(arguments: [1, 4, 9])
    func statistics(_ partitions: Int) async throws {
        let values = [3.0, -1, 4, 1, -5, 9, 2, 6]
        let rdd = context.parallelize(values, partitions: partitions)
        let stats = try await rdd.stats()
        let mean = values.reduce(0, +) / 8
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 8
        #expect(stats.count == 8 && stats.min == -5 && stats.max == 9)
        #expect(abs(stats.mean - mean) < 1e-12 && abs(stats.sum - 19) < 1e-12)
        #expect(abs(stats.variance - variance) < 1e-12 && abs(stats.sampleVariance - variance * 8 / 7) < 1e-12)
        #expect(try await rdd.sum() == 19)
        #expect(try await abs(rdd.mean() - mean) < 1e-12)
        let nothing = context.parallelize([Double](), partitions: partitions)
        #expect(try await nothing.sum() == 0)
        #expect(try await nothing.mean().isNaN)
        #expect(try await nothing.stats().variance.isNaN)
        let unclear = try await context.parallelize([1, .nan, 2], partitions: partitions).stats()
        #expect(unclear.min.isNaN && unclear.max.isNaN && unclear.mean.isNaN)
        #expect(try await context.range(0, 10, partitions: partitions).sum() == 45)
    }

    @Test func accumulatorsCountSuccessfulTasksOnce() async throws {
        let (sum, tries) = (context.longAccumulator("sum"), CallCounter())
        try await context.range(0, 100, partitions: 5).foreach { value in
            sum.add(value)
            if value == 59, let task = TaskContext.current, task.attemptNumber < 2 {
                tries.add()
                throw Refusal(value: value)
            }
        }
        #expect(tries.count == 2)
        #expect(sum.value == 4950)
        #expect(sum.count == 100)
        #expect(sum.average == 49.5)
        sum.add(50)
        #expect(sum.value == 5000, "on the driver it counts at once")
        sum.reset()
        #expect(sum.value == 0 && sum.average.isNaN)
        let twice = context.range(0, 10, partitions: 3).map { value in
            sum.add(1)
            return value
        }
        #expect(try await twice.count() + twice.count() == 20)
        #expect(sum.value == 20, "in a transformation it counts for each computation")
    }

    @Test func failedJobsAddNothing() async throws {
        let sum = context.doubleAccumulator()
        let error = await failure {
            try await context.range(0, 10, partitions: 1).foreach { value in
                sum.add(0.5)
                if value == 9 { throw Refusal(value: value) }
            }
        }
        #expect(error is JobError)
        #expect(sum.value == 0)
    }

    @Test(.localOnly) func broadcasts() async throws {
        let counter = LiveCounter()
        do {
            let table = context.broadcast((0..<100).map { Tracked($0 * 10, counter) })
            let values = context.range(0, 100, partitions: 7).map { table.value[$0].value }
            #expect(try await values.reduce(+) == 49_500)
            #expect(counter.total == 100)
        }
        #expect(await eventually { counter.live == 0 })
    }

    @Test(arguments: 1...5)
    func byteSearch(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var found = 0
        for _ in 0..<2000 {
            let text = String((0..<Int.random(in: 0...40, using: &generator)).map { _ in "abé".randomElement(using: &generator) ?? "a" })
            let wanted = String((0..<Int.random(in: 0...4, using: &generator)).map { _ in "abé".randomElement(using: &generator) ?? "a" })
            let (bytes, part) = (Array(text.utf8), Array(wanted.utf8))
            let isThere = part.count <= bytes.count && (0...(bytes.count - part.count)).contains {
                bytes[$0..<$0 + part.count].elementsEqual(part)
            }
            #expect(text.contains(TextPattern(wanted)) == isThere)
            found += isThere ? 1 : 0
        }
        #expect((200..<1900).contains(found))
        #expect("".contains(TextPattern("")))
        #expect(!"".contains(TextPattern("a")))
        #expect(!"caf\u{E9}".contains(TextPattern("e\u{301}")), "bytes are compared, not characters")
    }
}

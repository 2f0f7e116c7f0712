import Martlet
import TestSupport
import Testing

/// Operators that need the elements before or after a partition.
@Suite struct OrderedTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]", "martlet.batch.bytes=4k") }

    /// A direct definition of `sliding`.
    static func windows(_ all: [Int], _ count: Int, _ step: Int) -> [[Int]] {
        stride(from: 0, to: all.count, by: step).filter { count <= all.count - $0 }.map { Array(all[$0..<$0 + count]) }
    }

    @Test(arguments: EmptyAndManyTests.shapes.indices)
    func everyShape(_ index: Int) async throws {
        let (name, make) = EmptyAndManyTests.shapes[index]
        let rdd = make(context)
        let all = try await rdd.collect()
        let comment = Comment(rawValue: name)
        let indexed = try await rdd.zipWithIndex().collect()
        #expect(indexed.map(\.0) == all && indexed.map(\.1) == Array(0..<all.count), comment)
        let unique = try await rdd.zipWithUniqueId().collect()
        #expect(unique.map(\.0) == all, comment)
        let parts = try await rdd.collectPartitions()
        let ids: [Int] = parts.indices.flatMap { (part: Int) -> [Int] in
            parts[part].indices.map { (place: Int) -> Int in place * parts.count + part }
        }
        #expect(unique.map(\.1) == ids, comment)
        var sum = 0
        let sums = all.map { element in
            sum += element
            return sum
        }
        #expect(try await rdd.prefixSums().collect() == sums, comment)
        #expect(try await rdd.scan(1000, +).collect() == sums.map { $0 + 1000 }, comment)
        #expect(try await rdd.glom().collect() == parts, comment)
        if all.count > 1000 { return }
        for (count, step) in [(1, 1), (2, 1), (3, 1), (3, 2), (2, 5), (4, 4), (50, 7), (7, 50), (Int.max, 1), (1, .max)] {
            let windows = try await rdd.sliding(count, step: step).collect()
            #expect(windows == Self.windows(all, count, step), "\(name): sliding(\(count), step: \(step))")
        }
    }

    /// Partitions that are empty or shorter than a window, in every combination of a few lengths.
    @Test func slidingOverShortPartitions() async throws {
        for code in 0..<3 * 3 * 3 * 3 {
            let lengths = [code % 3, code / 3 % 3, code / 9 % 3, code / 27]
            var next = 0
            let parts = lengths.map { length in
                defer { next += length }
                return Array(next..<next + length)
            }
            let rdd = context.generate(partitions: 4) { parts[$0] }
            for (count, step) in [(2, 1), (3, 1), (3, 2), (2, 3)] {
                let windows = try await rdd.sliding(count, step: step).collect()
                #expect(windows == Self.windows(Array(0..<next), count, step), "\(lengths): \(count), \(step)")
            }
        }
    }

    @Test func slidingOverManyBatches() async throws {
        let rdd = context.range(0, 20_000, partitions: 3)
        let all = Array(0..<20_000)
        for (count, step) in [(2, 1), (700, 33), (10, 1000)] {
            #expect(try await rdd.sliding(count, step: step).collect() == Self.windows(all, count, step))
        }
        #expect(try await rdd.sliding(19_999).count() == 2)
    }

    /// A task reads only the elements that it lacks from the following partitions.
    @Test func slidingReadsWhatItLacks() async throws {
        let seen = SeenPartitions()
        let rdd = context.generate(partitions: 5) { partition in
            seen.add(partition)
            return (0...).lazy.map { $0 + 1_000_000 * partition }
        }
        #expect(try await rdd.sliding(100).take(3).map(\.[99]) == [99, 100, 101])
        #expect(seen.sorted == [0])
        let short = context.generate(partitions: 5) { partition in
            seen.add(10 + partition)
            return [partition]
        }
        #expect(try await short.sliding(3).take(1) == [[0, 1, 2]])
        #expect(seen.sorted == [0, 10, 11, 12])
    }

    @Test func badArguments() async throws {
        let rdd = context.range(0, 10, partitions: 2)
        let none = await failure { try await rdd.sliding(0, line: 9).count() }
        #expect(none.map { "\($0)" } == "sliding at OrderedTests.swift:9: a window cannot have 0 elements")
        let back = await failure { try await rdd.sliding(3, step: -1, line: 9).count() }
        #expect(back.map { "\($0)" } == "sliding at OrderedTests.swift:9: windows cannot be -1 elements apart")
    }

    @Test func countingRunsOnceAndOnlyIfThereAreSeveralPartitions() async throws {
        let computed = SeenPartitions()
        func watched(_ partitions: Int) -> RDD<Int> {
            context.range(0, 12, partitions: partitions).mapPartitionsWithIndex { index, elements in
                computed.add(index)
                return Array(elements)
            }
        }
        let one = watched(1).zipWithIndex()
        #expect(computed.sorted == [])
        #expect(try await one.count() == 12)
        #expect(computed.sorted == [0])
        #expect(!one.explain().contains("shuffle"))
        let three = watched(3).zipWithIndex()
        #expect(computed.sorted == [0])
        #expect(try await three.count() == 12)
        // All but the last are computed twice.
        #expect(computed.sorted == [0, 0, 0, 1, 1, 2])
        #expect(try await three.map(\.1).collect() == Array(0..<12))
        #expect(computed.sorted == [0, 0, 0, 0, 1, 1, 1, 2, 2])
    }

    /// By all operators that count partitions before they read them.
    @Test(arguments: ["zipWithIndex", "scan", "prefixSums", "sliding"])
    func countsThatChangeAreNoticed(_ operation: String) async throws {
        let calls = CallCounter()
        for (first, second, text) in [
            (3, 2, "had 3 elements when they were counted and 2 when"), (2, 3, "had 2 elements when they were counted and 3 when"),
            (0, 1, "had 0 elements when they were counted and 1 when"), (1, 0, "had 1 elements when they were counted and 0 when"),
        ] {
            let start = calls.count
            let moody = context.generate(partitions: 2) { partition in
                partition == 0 ? 0..<(calls.add() == start ? first : second) : 0..<1
            }
            let message = await failure {
                switch operation {
                case "zipWithIndex": try await moody.zipWithIndex(line: 4711).count()
                case "scan": try await moody.scan(0, +, line: 4711).count()
                case "prefixSums": try await moody.prefixSums(line: 4711).count()
                default: try await moody.sliding(1, step: 2, line: 4711).count()
                }
            }.map { "\($0)" } ?? "no error"
            #expect(message.hasPrefix("\(operation) at OrderedTests.swift:4711 failed in partition 0"), "\(message)")
            #expect(message.contains(text), "\(message)")
        }
    }

    @Test func indicesSurviveRecomputation() async throws {
        let retrying = try makeContext("local[2,3]", "martlet.batch.bytes=4k")
        defer { retrying.stop() }
        let calls = CallCounter()
        let indexed = retrying.range(0, 9000, partitions: 3).map { $0 * 2 }.zipWithIndex().map { pair in
            if pair.1 == 5000, calls.add() == 0 { throw Refusal(value: 5000) }
            return pair
        }
        let pairs = try await indexed.collect()
        #expect(pairs.map(\.0) == pairs.map { $0.1 * 2 } && pairs.count == 9000)
        let sums = retrying.range(0, 9000, partitions: 3).prefixSums().map { sum in
            if sum == 6000 * 5999 / 2, calls.add() == 1 { throw Refusal(value: sum) }
            return sum
        }
        #expect(try await sums.collect() == (0..<9000).map { $0 * ($0 + 1) / 2 })
        #expect(calls.count >= 2)
    }

    @Test func scanOfOtherTypesAndOrders() async throws {
        let words = context.parallelize(["a", "b", "c", "d"], partitions: 3)
        #expect(try await words.scan(">", +).collect() == [">a", ">ab", ">abc", ">abcd"])
        #expect(try await words.scan("", +).take(2) == ["a", "ab"])
        let halves = context.parallelize([0.5, 0.25, 0.25], partitions: 2)
        #expect(try await halves.prefixSums().collect() == [0.5, 0.75, 1])
        let cached = words.scan("", +).cache()
        #expect(try await cached.count() == 4)
        #expect(try await cached.collect() == ["a", "ab", "abc", "abcd"])
    }
}

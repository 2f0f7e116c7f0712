import Martlet
import TestSupport
import Testing

/// Operators that read partitions of equal index of several RDDs.
@Suite struct ZipTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]", "martlet.batch.bytes=4k") }

    @Test(arguments: EmptyAndManyTests.shapes.indices)
    func zipOfEveryShape(_ index: Int) async throws {
        let (name, make) = EmptyAndManyTests.shapes[index]
        let rdd = make(context)
        let all = try await rdd.collect()
        let zipped = rdd.zip(rdd.map { "\($0)" })
        #expect(zipped.partitionCount == rdd.partitionCount)
        let pairs = try await zipped.collect()
        #expect(pairs.map(\.0) == all && pairs.map(\.1) == all.map { "\($0)" }, "\(name)")
        #expect(try await zipped.take(3).map(\.0) == Array(all.prefix(3)), "\(name)")
    }

    /// The batches of the two sides have different borders.
    @Test func zipOfOtherBatches() async throws {
        let left = context.range(0, 30_000, partitions: 3).filter { $0 % 3 != 0 }
        let right = context.parallelize(Array(0..<30_000), partitions: 3).filter { $0 % 3 != 0 }.map { InlineArray<9, Int>(repeating: $0) }
        let pairs = try await left.zip(right).collect()
        #expect(pairs.count == 20_000)
        #expect(pairs.allSatisfy { $0.0 == $0.1[8] })
    }

    static let counts: [([Int], [Int], Int, String)] = [
        ([1, 2, 3], [1, 2], 1, "this RDD has 3 elements in the partition and the other 2"),
        ([1], [1, 2], 1, "this RDD has 1 elements in the partition and the other 2"),
        ([], [1, 2], 1, "this RDD has 0 elements in the partition and the other 2"),
        (Array(0..<9000), Array(0..<20_000), 2, "this RDD has 4500 elements in the partition and the other 10000"),
    ]

    @Test(arguments: counts.indices)
    func unequalCounts(_ index: Int) async throws {
        let (left, right, partitions, text) = Self.counts[index]
        let zipped = context.parallelize(left, partitions: partitions).zip(
            context.parallelize(right, partitions: partitions), line: 4711)
        let message = await failure { try await zipped.count() }.map { "\($0)" }
        #expect(message?.hasPrefix("zip at ZipTests.swift:4711 failed in partition") == true, "\(message ?? "")")
        #expect(message?.contains(text) == true, "\(message ?? "")")
        // Elements that exist on both sides can be read.
        if !left.isEmpty { #expect(try await zipped.first() == (left[0], right[0])) }
    }

    @Test func unequalPartitionCounts() async throws {
        let (two, three) = (context.range(0, 6, partitions: 2), context.range(0, 6, partitions: 3))
        let text = "one RDD has 2 partitions and the other 3; partitions are paired, so there must be as many: see repartition"
        func check(_ rdd: RDD<some Sendable>, _ operation: String) async {
            let error = await failure { try await rdd.count() } as? ArgumentError
            #expect(error?.problem == text)
            #expect(error?.operation == operation)
        }
        await check(two.zip(three), "zip")
        await check(two.zipPartitions(three) { a, b in a }, "zipPartitions")
        await check(two.zipPartitions(two, three) { a, b, c in a }, "zipPartitions")
        await check(two.zipPartitions(two, two, three) { a, b, c, d in a }, "zipPartitions")
        let broken = context.range(0, 6, partitions: 0, line: 9)
        let first = await failure { try await two.zip(broken).count() } as? ArgumentError
        #expect(first?.operation == "range")
    }

    @Test func zipPartitionsOfTwoToFour() async throws {
        let numbers = context.range(0, 10, partitions: 3)
        let words = context.parallelize(["a", "b", "c", "d"], partitions: 3)
        let flags = context.parallelize([true], partitions: 3)
        let empty = context.parallelize([Double](), partitions: 3)
        let two = numbers.zipPartitions(words) { a, b in ["\(Array(a)) \(Array(b))"] }
        #expect(try await two.collect() == [#"[0, 1, 2] ["a"]"#, #"[3, 4, 5] ["b"]"#, #"[6, 7, 8, 9] ["c", "d"]"#])
        let three = numbers.zipPartitions(words, flags) { a, b, c in ["\(Array(a).count) \(Array(b).count) \(Array(c))"] }
        #expect(try await three.collect() == ["3 1 []", "3 1 []", "4 2 [true]"])
        let four = numbers.zipPartitions(words, flags, empty) { a, b, c, d in
            CollectionOfOne(Array(a).count + Array(b).count + Array(c).count + Array(d).count)
        }
        #expect(try await four.collect() == [4, 4, 7])
        // No partition has to be read, and the result may be lazy.
        #expect(try await numbers.zipPartitions(words) { _, _ in EmptyCollection<Int>() }.count() == 0)
        let lazily = numbers.zipPartitions(numbers) { a, b in Swift.zip(a, b).lazy.map { $0 * $1 } }
        #expect(try await lazily.collect() == (0..<10).map { $0 * $0 })
    }

    @Test func partitionersAreKeptOnRequest() async throws {
        let pairs = context.range(0, 10).map { ($0, $0) }.partitionBy(.hash(3))
        #expect(pairs.zipPartitions(pairs) { a, b in a }.partitioner == nil)
        #expect(pairs.zipPartitions(pairs, preservesPartitioning: true) { a, b in a }.partitioner == pairs.partitioner)
        #expect(pairs.zip(pairs).partitioner == nil)
    }

    @Test func failuresOfEitherSide() async throws {
        let good = context.range(0, 8, partitions: 4)
        let bad = good.map({ number in
            if number == 5 { throw Refusal(value: number) }
            return number
        }, line: 4711)
        for rdd in [good.zip(bad).map(\.0), bad.zip(good).map(\.0), good.zipPartitions(bad) { a, b in Swift.zip(a, b).map { $0 + $1 } }] {
            let text = await failure { try await rdd.count() }.map { "\($0)" }
            #expect(text?.hasPrefix("map at ZipTests.swift:4711 failed in partition 2") == true, "\(text ?? "")")
        }
        let own = good.zipPartitions(good, { a, b in try Swift.zip(a, b).map { if $0 + $1 == 10 { throw Refusal(value: 10) } } }, line: 4712)
        let text = await failure { try await own.count() }.map { "\($0)" }
        #expect(text?.hasPrefix("zipPartitions at ZipTests.swift:4712 failed in partition 2") == true, "\(text ?? "")")
    }

    /// An endless side ends with the other one, or with the job.
    @Test func endlessSides() async throws {
        let endless = context.generate(partitions: 1) { _ in 0... }
        #expect(try await endless.zip(endless).take(3).map(\.1) == [0, 1, 2])
        let numbers = context.range(0, 4, partitions: 1)
        #expect(try await numbers.zipPartitions(endless) { a, b in Swift.zip(a, b).map { $0 + $1 } }.collect() == [0, 2, 4, 6])
        let started = CallCounter()
        let task = Task {
            try await numbers.map { number in
                started.add()
                return number
            }.zip(endless).count()
        }
        #expect(await eventually { started.count > 0 })
        task.cancel()
        #expect(await failure { try await task.value } is CancellationError)
        #expect(await eventually { context.driver.isIdle })
    }
}

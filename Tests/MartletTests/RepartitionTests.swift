import Martlet
import TestSupport
import Testing

/// `repartition` and `coalesce(shuffle:)` deal elements out evenly: element `i` of all is in partition `i % n`.
@Suite struct RepartitionTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[3]") }

    /// An RDD whose partitions have these counts; its elements are numbered in order.
    private func numbered(_ counts: [Int]) -> RDD<Int> {
        let starts = counts.indices.map { counts[..<$0].reduce(0, +) }
        return context.generate(partitions: counts.count) { starts[$0]..<starts[$0] + counts[$0] }
    }

    private func expectDealt(_ rdd: RDD<Int>, _ count: Int, into partitions: Int, _ name: String) async throws {
        let expected = (0..<partitions).map { Array(stride(from: $0, to: count, by: partitions)) }
        #expect(try await rdd.collectPartitions() == expected, "\(name)")
    }

    @Test(arguments: [
        (Array(repeating: 5, count: 100), 500), (Array(repeating: 10, count: 10), 20), ([1000], 7), ([0, 0, 0], 4), ([0, 3, 0], 2),
        ([1, 0, 0, 0, 99], 10), (Array(repeating: 1, count: 50), 3), ([17, 4], 1), (Array(0..<30), 30),
    ])
    func inTurn(_ counts: [Int], _ partitions: Int) async throws {
        let (rdd, count) = (numbered(counts), counts.reduce(0, +))
        try await expectDealt(rdd.repartition(partitions), count, into: partitions, "repartition")
        try await expectDealt(rdd.coalesce(partitions, shuffle: true), count, into: partitions, "coalesce")
    }

    @Test(arguments: (0..<30).share())
    func randomCounts(_ seed: Int) async throws {
        var generator = SeededGenerator(seed: seed)
        let counts = (0..<Int.random(in: 1...20, using: &generator)).map { _ in
            Int.random(in: 0...[2, 40, 3000][seed % 3], using: &generator)
        }
        let partitions = Int.random(in: 1...40, using: &generator)
        let spilling = seed % 2 == 0 ? ["martlet.shuffle.spill.numElementsForceSpillThreshold=37"] : []
        let context = try makeContext("local[3]", spilling)
        defer { context.stop() }
        let starts = counts.indices.map { counts[..<$0].reduce(0, +) }
        let rdd = context.generate(partitions: counts.count) { starts[$0]..<starts[$0] + counts[$0] }.repartition(partitions)
        try await expectDealt(rdd, counts.reduce(0, +), into: partitions, "\(counts) into \(partitions)")
        // Behind another shuffle, and again from the same outputs.
        #expect(try await rdd.repartition(3).collectPartitions().map(\.count).max()! <= counts.reduce(0, +) / 3 + 1)
        try await expectDealt(rdd, counts.reduce(0, +), into: partitions, "again")
    }

    @Test func whatAFilterLeavesUneven() async throws {
        let few = context.range(0, 10_000, partitions: 16).filter { $0 < 700 || $0 % 3000 == 0 }
        let sizes = try await few.repartition(13).collectPartitions().map(\.count)
        #expect(sizes.reduce(0, +) == 703 && sizes.max()! - sizes.min()! == 1)
        let pairs = context.range(0, 1000, partitions: 8).map { ("key \($0 % 10)", $0) }.partitionBy(.hash(50))
        let even = try await pairs.repartition(20).collectPartitions().map(\.count)
        #expect(even == Array(repeating: 50, count: 20))
    }

    /// A job that reads a few of the partitions finds the same elements in them as a job that reads all.
    @Test func someOfThePartitions() async throws {
        let rdd = numbered([5, 0, 11, 7]).repartition(4)
        #expect(try await context.runJob(rdd, partitions: [3, 1]) { _, rows in Array(rows) } == [[3, 7, 11, 15, 19], [1, 5, 9, 13, 17, 21]])
    }

    /// A function that returns other rows in a rerun: if the counts show that, the job fails.
    @Test(.localOnly) func rowsThatChangeAreNoticed() async throws {
        let place = ScratchPlace()
        let context = try makeContext("local[2]", place.setting)
        defer { context.stop() }
        let calls = CallCounter()
        let rdd = context.range(0, 300, partitions: 3).filter { number in calls.add() < 300 || number % 7 != 0 }.repartition(4)
        #expect(try await rdd.count() == 300)
        let local = try #require(context.driver.environment)
        _ = try local.shuffles.moveToDisk(.max, local.scratch)
        for file in place.files { ScratchPlace.flip(file, at: ScratchPlace.size(of: file) / 2) }
        let text = await failure { try await rdd.count() }.map { "\($0)" } ?? "no error"
        #expect(text.contains("repartition at RepartitionTests.swift:"), "\(text)")
        #expect(text.contains("rows at first and") && text.contains("make what it is computed from give the same each time"), "\(text)")
    }
}

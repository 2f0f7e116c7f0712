import Martlet
import Testing

/// T4 through the public API: aggregations, groups and sorts give the same elements in the same order, spilled or not.
@Suite struct SpilledOrderTests {
    /// Executor memory and forced spills. The first has everything in memory.
    static let settings: [[String]] = [
        [], spilling(1), spilling(7), ["martlet.executor.memory=64k"], ["martlet.executor.memory=300k"],
        spilling(100) + ["martlet.executor.memory=64k", "martlet.batch.bytes=4k"],
    ]

    private static func spilling(_ count: Int) -> [String] {
        ["martlet.shuffle.spill.numElementsForceSpillThreshold=\(count)"]
    }

    private static func rows(_ context: MartletContext, _ count: Int = 900) -> RDD<(String, Int)> {
        context.range(0, count, partitions: 5).map { index in
            var random = SeededGenerator(seed: index)
            let spread = Int.random(in: 1...400, using: &random)
            return ("a key of some length \(Int.random(in: 0..<spread, using: &random))", index)
        }
    }

    static let programs: [(String, @Sendable (MartletContext) async throws -> String)] = [
        ("reduceByKey", { "\(try await rows($0).mapValues { "\($0)" }.reduceByKey(partitions: 3) { $0 + " " + $1 }.collectPartitions())" }),
        ("reduceByKey in place", {
            "\(try await rows($0).partitionBy(.hash(3)).reduceByKey { $0 &* 31 &+ $1 }.collectPartitions())"
        }),
        ("reduceByKey twice", { context in
            let sums = rows(context).partitionBy(.hash(3)).reduceByKey { $0 &* 31 &+ $1 }
            return "\(try await sums.mapValues { "\($0)" }.reduceByKey { $0 + $1 }.groupByKey().collectPartitions())"
        }),
        ("groupByKey", { "\(try await rows($0).groupByKey(partitions: 3).collectPartitions())" }),
        ("cogroup", { "\(try await rows($0).cogroup(rows($0, 600), partitioner: .hash(3)).collectPartitions())" }),
        ("cogroup of sums", { context in
            let sums = rows(context).mapValues { "\($0)" }.reduceByKey(partitions: 3) { $0 + " " + $1 }
            return "\(try await sums.cogroup(rows(context, 500).reduceByKey(partitions: 3, +), sums).collectPartitions())"
        }),
        ("distinct", { "\(try await rows($0).keys().distinct(partitions: 3).collectPartitions())" }),
        ("countByKey", { "\(try await rows($0).countByKey().sorted { $0.key < $1.key })" }),
        ("repartition", { "\(try await rows($0).repartition(3).collectPartitions())" }),
        ("partitionBy", { "\(try await rows($0).partitionBy(.hash(3)).collectPartitions())" }),
        ("sortByKey", { "\(try await rows($0).sortByKey(partitions: 4).collect())" }),
        ("sortByKey, one partition", { "\(try await rows($0).sortByKey(partitions: 1).collect())" }),
        ("sortByKey, many partitions", { "\(try await rows($0).sortByKey(partitions: 20).collect())" }),
        ("sortBy, descending", { "\(try await rows($0).sortBy(ascending: false, partitions: 4) { $0.1 % 40 }.collect())" }),
        ("sort of sums", {
            "\(try await rows($0).reduceByKey(partitions: 3, +).sortBy(partitions: 2) { $0.1 % 100 }.collect())"
        }),
        ("sort of a sort", {
            "\(try await rows($0).sortByKey(partitions: 4).sortBy(partitions: 3) { $0.1 % 10 }.collect())"
        }),
        ("filterByRange after a sort", {
            let range = "a key of some length 2"..."a key of some length 50"
            return "\(try await rows($0).sortByKey(partitions: 4).filterByRange(range).collect())"
        }),
        ("filterByRange after a descending sort", {
            let range = "a key of some length 2"..."a key of some length 50"
            return "\(try await rows($0).sortByKey(ascending: false, partitions: 4).filterByRange(range).collect())"
        }),
        ("repartitionAndSortWithinPartitions", {
            "\(try await rows($0).repartitionAndSortWithinPartitions(.hash(3)).collectPartitions())"
        }),
        ("doubles", {
            let numbers = $0.range(0, 3000, partitions: 4).map { index in
                index % 7 == 0 ? Double.nan : index % 11 == 0 ? -0.0 : Double(index * 7919 % 100) - 50
            }
            return "\(try await numbers.zipWithIndex().sortBy(partitions: 3) { $0.0 }.collect())"
        }),
    ]

    @Test(arguments: programs.indices.share(3))
    func theSameAsInMemory(_ index: Int) async throws {
        let (name, program) = Self.programs[index]
        var expected = ""
        for (number, settings) in Self.settings.enumerated() {
            let context = try makeContext(number % 2 == 0 ? "local[1]" : "local[3]", settings)
            defer { context.stop() }
            let outcome = try await program(context)
            if number == 0 { expected = outcome }
            #expect(outcome == expected, "\(name) with \(settings)")
        }
    }
}

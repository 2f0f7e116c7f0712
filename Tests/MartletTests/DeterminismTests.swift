import Martlet
import Testing

/// The same program gives the same elements in the same order: in every run, and however many slots there are.
///
/// The numbers of partitions are given, since their default depends on the slots. A key of a type that only Swift can hash
/// (it seeds its hash in each process) has the same place in all runs of a process, but not in other processes.
@Suite struct DeterminismTests {
    static let masters = ["local[1]", "local[4]", "local[4]", "local[1]"]

    /// The results of a program under each master, as text.
    private func outcomes(_ program: (MartletContext) async throws -> String) async throws -> [String] {
        var outcomes: [String] = []
        for master in Self.masters {
            let context = try makeContext(master, "martlet.default.parallelism=3")
            defer { context.stop() }
            outcomes.append(try await program(context))
        }
        return outcomes
    }

    /// Includes sums of floating-point numbers: spilling changes neither the order of keys nor the order of additions. Only
    /// the range cuts of a sort and the order of a join's rows depend on memory.
    @Test(arguments: ["reduceByKey", "reduceByKey into many", "reduceByKey in place", "groupByKey", "groupBy", "repartition",
        "partitionBy", "cogroup", "distinct", "intersection", "sum of a shuffle", "countByValue"].share())
    func spillingChangesNothing(_ name: String) async throws {
        let (_, program) = try #require(Self.programs.first { $0.0 == name })
        var outcomes: [String] = []
        for every in ["none", "1000", "70"] {
            let spill = every == "none" ? [] : ["martlet.shuffle.spill.numElementsForceSpillThreshold=\(every)"]
            let context = try makeContext("local[4]", ["martlet.default.parallelism=3"] + spill)
            defer { context.stop() }
            outcomes.append(try await program(context))
        }
        #expect(outcomes[1] == outcomes[0], "every 1000")
        #expect(outcomes[2] == outcomes[0], "every 70")
    }

    private static func rows(_ context: MartletContext, _ count: Int = 12_000) -> RDD<(String, Double)> {
        context.range(0, count, partitions: 7).map { index in
            var generator = SeededGenerator(seed: index)
            return ("key \(Int.random(in: 0..<5000, using: &generator))", Double.random(in: 0..<1, using: &generator))
        }
    }

    static let programs: [(String, @Sendable (MartletContext) async throws -> String)] = [
        // Sums of floating-point numbers show the order of the additions, too.
        ("reduceByKey", { "\(try await rows($0).reduceByKey(+).collect())" }),
        ("reduceByKey into many", { "\(try await rows($0).reduceByKey(partitions: 40, +).collectPartitions())" }),
        ("reduceByKey in place", { "\(try await rows($0).partitionBy(.hash(4)).reduceByKey(+).collect())" }),
        ("second reduceByKey of a context", { context in
            _ = try await rows(context, 40_000).reduceByKey(+).count()
            return "\(try await rows(context).reduceByKey(+).collect())"
        }),
        ("groupByKey", { "\(try await rows($0).groupByKey().collect())" }),
        ("groupBy", { "\(try await rows($0).groupBy { Int($0.1 * 100) }.collect())" }),
        ("repartition", { "\(try await rows($0).repartition(5).collectPartitions())" }),
        ("partitionBy", { "\(try await rows($0).partitionBy(.hash(5)).collectPartitions())" }),
        ("join", { "\(try await rows($0).join(rows($0).reduceByKey(+)).collect())" }),
        ("fullOuterJoin", { "\(try await rows($0, 3000).fullOuterJoin(rows($0, 2000)).collect())" }),
        ("cogroup", { "\(try await rows($0).cogroup(rows($0, 3000), rows($0, 300)).collect())" }),
        ("distinct", { "\(try await rows($0).keys().distinct().collect())" }),
        ("subtract", { "\(try await rows($0).keys().subtract(rows($0, 2000).keys()).collect())" }),
        ("intersection", { "\(try await rows($0).keys().intersection(rows($0, 2000).keys()).collect())" }),
        ("sortBy", { "\(try await rows($0).sortBy { Int($0.1 * 1000) }.collectPartitions())" }),
        ("range partitioner", { context in
            let ranges = try await Partitioner.range(6, of: rows(context))
            return "\(try await rows(context).partitionBy(ranges).collectPartitions())"
        }),
        ("sum of a shuffle", { "\(try await rows($0).reduceByKey(+).values().sum())" }),
        ("treeReduce", { "\(try await rows($0).values().repartition(50).treeReduce(+))" }),
        ("countByValue", { "\(try await rows($0).keys().countByValue().sorted { $0.key < $1.key })" }),
        ("asOfJoin", { context in
            "\(try await rows(context).asOfJoin(rows(context, 9000)) { $0 } otherTime: { $0 }.collect())"
        }),
    ]

    @Test(arguments: programs.indices.share())
    func theSameInEveryRun(_ index: Int) async throws {
        let (name, program) = Self.programs[index]
        let outcomes = try await outcomes(program)
        for outcome in outcomes.dropFirst() { #expect(outcome == outcomes[0], "\(name)") }
    }
}

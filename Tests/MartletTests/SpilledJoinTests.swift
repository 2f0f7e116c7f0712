import Martlet
import TestSupport
import Testing

/// Joins whose sides are spilled: the same rows as in memory, and the same order for the same settings.
@Suite struct SpilledJoinTests {
    typealias Rows = RDD<(String, Int)>
    typealias Join = @Sendable (Rows, Rows) async throws -> [String]

    static let joins: [(String, Join)] = [
        ("join", { try await $0.join($1, partitioner: .hash(3)).map { "\($0)" }.collect() }),
        ("leftOuterJoin", { try await $0.leftOuterJoin($1, partitioner: .hash(3)).map { "\($0)" }.collect() }),
        ("rightOuterJoin", { try await $0.rightOuterJoin($1, partitioner: .hash(3)).map { "\($0)" }.collect() }),
        ("fullOuterJoin", { try await $0.fullOuterJoin($1, partitioner: .hash(3)).map { "\($0)" }.collect() }),
        ("subtractByKey", { try await $0.subtractByKey($1, partitioner: .hash(3)).map { "\($0)" }.collect() }),
        ("asOfJoin", {
            try await $0.asOfJoin($1, partitioner: .hash(3)) { $0 } otherTime: { $0 }.map { "\($0)" }.collect()
        }),
        ("join in place", {
            try await $0.partitionBy(.hash(3)).join($1.partitionBy(.hash(3))).map { "\($0)" }.collect()
        }),
        // The joined inputs are tables that have to spill for other operators.
        ("join of sums", {
            try await $0.reduceByKey(partitions: 3, +).join($1.groupByKey(partitions: 3)).map { "\($0)" }.collect()
        }),
        ("fullOuterJoin of sums", {
            try await $0.reduceByKey(partitions: 3, +).fullOuterJoin($1.reduceByKey(partitions: 3, +)).map { "\($0)" }
                .collect()
        }),
        ("join with itself", { left, _ in
            let sums = left.reduceByKey(partitions: 3, +)
            return try await sums.join(sums.mapValues { -$0 }).join(sums).map { "\($0)" }.collect()
        }),
    ]

    /// The distribution of keys over the rows of the two sides.
    enum Shape: CaseIterable {
        case even, skewed, oneKey, leftEmpty, rightEmpty, bothEmpty, nothingInCommon, emptyPartitions
    }

    private func sides(_ shape: Shape, _ context: MartletContext) -> (Rows, Rows) {
        func rows(_ count: Int, _ key: @escaping @Sendable (Int) -> String) -> Rows {
            context.range(0, count, partitions: 4).map { (key($0), $0) }
        }
        // Long keys: a partition of the larger sides is more than 64 KiB.
        let even: @Sendable (Int) -> String = { String(repeating: "key ", count: 100) + "\($0 &* 7919 % 400)" }
        let skewed: @Sendable (Int) -> String = { $0 % 4 == 0 ? "the frequent key" : even($0) }
        return switch shape {
        case .even: (rows(450, even), rows(450, even))
        case .skewed: (rows(160, skewed), rows(120, skewed))
        case .oneKey: (rows(60, { _ in "one" }), rows(40, { _ in "one" }))
        case .leftEmpty: (rows(0, even), rows(60, even))
        case .rightEmpty: (rows(60, even), rows(0, even))
        case .bothEmpty: (rows(0, even), rows(0, even))
        case .nothingInCommon: (rows(60, even), rows(60, { "other \($0 % 40)" }))
        case .emptyPartitions: (rows(300, { _ in "b" }).filter { $0.1 < 50 }, rows(300, even).filter { $0.1 > 290 })
        }
    }

    private static let settings: [[String]] = [
        [], ["martlet.shuffle.spill.numElementsForceSpillThreshold=1"],
        ["martlet.shuffle.spill.numElementsForceSpillThreshold=10", "martlet.batch.bytes=4k"],
        ["martlet.executor.memory=64k"],
    ]

    /// Each join with each shape. Every seventh has every join and every shape in it.
    private static let cases = joins.indices.flatMap { join in Shape.allCases.map { (join, $0) } }

    @Test(arguments: cases.share(7))
    func theSameRows(_ index: Int, _ shape: Shape) async throws {
        let (name, join) = Self.joins[index]
        var expected: [String] = []
        for (number, settings) in Self.settings.enumerated() {
            var orders: [[String]] = []
            // Spilling all the time is slow.
            for master in number == 1 ? ["local[4]"] : ["local[1]", "local[4]"] {
                let context = try makeContext(master, settings)
                defer { context.stop() }
                let (left, right) = sides(shape, context)
                orders.append(try await join(left, right))
            }
            #expect(orders[0] == orders[orders.count - 1], "\(name), \(shape), \(settings): another order on four slots")
            if number == 0 { expected = orders[0].sorted() }
            #expect(orders[0].sorted() == expected, "\(name), \(shape), \(settings)")
        }
    }

    /// Map outputs take all of the memory when the join begins, and while one task spills some of them, other tasks need
    /// some.
    @Test(arguments: ["local[2]", "local[4]"], ["1m", "2m", "3m"])
    func outputsThatFillTheMemory(_ master: String, _ memory: String) async throws {
        let context = try makeContext(master, "martlet.executor.memory=\(memory)")
        defer { context.stop() }
        for _ in 0..<3 {
            let left = context.range(0, 60_000, partitions: 8).map { ($0 &* 7919 % 60_000, $0) }
            let right = context.range(0, 60_000, partitions: 8).map { ($0, $0) }
            #expect(try await left.join(right, partitioner: .hash(8)).count() == 60_000)
        }
        #expect(await eventually { context.heldBytes == 0 })
    }
}

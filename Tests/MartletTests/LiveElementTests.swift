import Martlet
import TestSupport
import Testing

/// Operators stream: however long a partition is, few of its elements are alive at a time.
@Suite struct LiveElementTests {
    /// Elements of a partition, and of the RDD.
    static let partitionCount = 2
    static let count = 60_000
    /// A batch has 512 references, and chains of operators hold a few batches in each of two slots.
    static let limit = 12_000

    /// Elements that are created when they are pulled.
    private static func elements(_ context: MartletContext, _ counter: LiveCounter) -> RDD<Tracked> {
        context.range(0, count, partitions: partitionCount).map { Tracked($0, counter) }
    }

    /// Pairs that are placed by key, with values that are created when they are pulled.
    private static func pairs(_ context: MartletContext, _ counter: LiveCounter, keys: Int = 50) -> RDD<(Int, Tracked)> {
        context.range(0, count, partitions: partitionCount).map { ($0 % keys, $0) }.partitionBy(.hash(partitionCount))
            .mapValues { Tracked($0, counter) }
    }

    typealias Program = @Sendable (MartletContext, LiveCounter) async throws -> Int

    static let elementPrograms: [(String, Program)] = [
        ("map", { try await elements($0, $1).map { $0 }.map { $0 }.count() }),
        ("filter", { try await elements($0, $1).filter { $0.value >= 0 }.count() }),
        ("flatMap", { try await elements($0, $1).flatMap { repeatElement($0, count: 2) }.count() / 2 }),
        ("keyBy", { try await elements($0, $1).keyBy { $0.value }.values().count() }),
        ("compactMap", { try await elements($0, $1).compactMap { $0 }.count() }),
        ("mapBatches", { context, counter in
            try await elements(context, counter).mapBatches { (input: Span<Tracked>, output: inout OutputSpan<Tracked>) in
                for index in input.indices { output.append(input[index]) }
            }.count()
        }),
        ("mapPartitions", { try await elements($0, $1).mapPartitions { $0.lazy.map { $0 } }.count() }),
        ("mapPartitionsWithIndex", { try await elements($0, $1).mapPartitionsWithIndex { $1 }.count() }),
        ("union", { try await elements($0, $1).union(elements($0, $1)).count() / 2 }),
        ("coalesce", { try await elements($0, $1).coalesce(1).count() }),
        ("zip", { try await elements($0, $1).zip(elements($0, $1)).count() }),
        ("zipPartitions", { context, counter in
            try await elements(context, counter).zipPartitions(elements(context, counter)) { left, right in
                Swift.zip(left, right).lazy.map { $0.0 }
            }.count()
        }),
        ("zipWithIndex", { try await elements($0, $1).zipWithIndex().count() }),
        ("zipWithUniqueId", { try await elements($0, $1).zipWithUniqueId().count() }),
        ("cartesian", { try await elements($0, $1).cartesian($0.range(0, 3, partitions: 1)).count() / 3 }),
        ("cartesian, right", { try await $0.range(0, 3, partitions: 1).cartesian(elements($0, $1)).count() / 3 }),
        ("sliding", { try await elements($0, $1).sliding(3).count() + 2 }),
        ("scan", { try await elements($0, $1).scan(Tracked(0, $1)) { $0.value < $1.value ? $1 : $0 }.count() }),
        ("reduce", { try await elements($0, $1).reduce { $0.value < $1.value ? $1 : $0 }.value + 1 }),
        ("fold", { try await elements($0, $1).fold(Tracked(0, $1)) { $0.value < $1.value ? $1 : $0 }.value + 1 }),
        ("aggregate", { try await elements($0, $1).aggregate(0, { count, _ in count + 1 }, combine: +) }),
        ("treeReduce", { try await elements($0, $1).treeReduce { $0.value < $1.value ? $1 : $0 }.value + 1 }),
        ("top", { try await elements($0, $1).top(5)[0].value + 1 }),
        ("takeOrdered", { try await count - elements($0, $1).takeOrdered(5)[0].value }),
        ("take", { try await count - 7 + elements($0, $1).take(7).count }),
        ("max", { try await elements($0, $1).max().value + 1 }),
        ("foreach", { context, counter in
            let calls = CallCounter()
            try await elements(context, counter).foreach { _ in calls.add() }
            return calls.count
        }),
        ("countByValue", { try await elements($0, $1).map { $0.value % 10 }.countByValue()[3]! * 10 }),
        ("saveAsTextFile", { context, counter in
            let directory = TemporaryDirectory()
            try await elements(context, counter).map { "\($0.value)" }.saveAsTextFile(directory.path("out"))
            return try await context.textFile(directory.path("out")).count()
        }),
    ]

    static let pairPrograms: [(String, Program)] = [
        ("mapValues", { try await pairs($0, $1).mapValues { $0 }.count() }),
        ("flatMapValues", { try await pairs($0, $1).flatMapValues { CollectionOfOne($0) }.count() }),
        ("keys", { try await pairs($0, $1).keys().count() }),
        ("reduceByKey", { context, counter in
            try await pairs(context, counter).reduceByKey { $0.value < $1.value ? $1 : $0 }.values().max().value + 1
        }),
        ("foldByKey", { context, counter in
            try await pairs(context, counter).foldByKey(Tracked(-1, counter)) { $0.value < $1.value ? $1 : $0 }.values()
                .max().value + 1
        }),
        ("aggregateByKey", { context, counter in
            try await pairs(context, counter).aggregateByKey(0, { count, _ in count + 1 }, combine: +).values().sum()
        }),
        ("map-side combining", { context, counter in
            try await elements(context, counter).map { ($0.value % 50, $0) }
                .reduceByKey { $0.value < $1.value ? $1 : $0 }.values().max().value + 1
        }),
        ("join, streamed side", { context, counter in
            let few = context.range(0, 50, partitions: 1).keyBy { $0 }
            return try await few.join(pairs(context, counter), partitioner: .hash(partitionCount)).count()
        }),
        ("leftOuterJoin, left side", { context, counter in
            let few = context.range(0, 20, partitions: 1).keyBy { $0 }
            return try await pairs(context, counter).leftOuterJoin(few).count()
        }),
        ("rightOuterJoin, right side", { context, counter in
            let few = context.range(0, 20, partitions: 1).keyBy { $0 }
            return try await few.rightOuterJoin(pairs(context, counter), partitioner: .hash(partitionCount)).count()
        }),
        ("fullOuterJoin, right side", { context, counter in
            let few = context.range(0, 20, partitions: 1).keyBy { $0 }
            return try await few.fullOuterJoin(pairs(context, counter), partitioner: .hash(partitionCount)).count()
        }),
        ("subtractByKey, right side", { context, counter in
            let few = context.range(0, 60, partitions: 1).keyBy { $0 }
            return try await few.subtractByKey(pairs(context, counter), partitioner: .hash(partitionCount)).count()
                * count / 10
        }),
        ("asOfJoin, left side", { context, counter in
            let few = context.range(0, 20, partitions: 1).keyBy { $0 }
            return try await pairs(context, counter).asOfJoin(few) { $0.value } otherTime: { $0 }.count()
        }),
        ("filterByRange", { try await pairs($0, $1).filterByRange(0...1000).count() }),
        ("countByKey", { try await pairs($0, $1).countByKey()[3]! * 50 }),
        ("lookup of few", { try await pairs($0, $1, keys: 20_000).lookup(3).count * 20_000 }),
        ("reduceByKeyLocally", { context, counter in
            try await pairs(context, counter).reduceByKeyLocally { $0.value < $1.value ? $1 : $0 }.values
                .map(\.value).max()! + 1
        }),
    ]

    static var programs: [(String, Program)] { elementPrograms + pairPrograms }

    @Test(.localOnly, arguments: 0..<LiveElementTests.programs.count)
    func fewElementsAreAliveAtATime(_ index: Int) async throws {
        let (name, program) = Self.programs[index]
        let counter = LiveCounter()
        do {
            let context = try makeContext("local[2]", "martlet.batch.bytes=4k")
            defer { context.stop() }
            #expect(try await program(context, counter) == Self.count, "\(name)")
        }
        #expect(await eventually { counter.live == 0 }, "\(name)")
        #expect(counter.peak > 0 && counter.peak < Self.limit, "\(name): \(counter.peak) at a time")
    }

    /// Operators documented to hold a partition hold no more than the partitions being computed.
    @Test(.localOnly) func glomHoldsAPartition() async throws {
        let counter = LiveCounter()
        let context = try makeContext("local[2]")
        defer { context.stop() }
        let parts = context.range(0, 50_000, partitions: 50).map { Tracked($0, counter) }.glom()
        #expect(try await parts.map(\.count).collect() == Array(repeating: 1000, count: 50))
        #expect(await eventually { counter.live == 0 })
        #expect(counter.peak >= 1000 && counter.peak < 20_000)
    }

    @Test(.localOnly) func localIteratorHoldsAPartition() async throws {
        let counter = LiveCounter()
        let context = try makeContext("local[2]")
        defer { context.stop() }
        var sum = 0
        for try await element in context.range(0, 50_000, partitions: 50).map({ Tracked($0, counter) }).toLocalIterator() {
            sum += element.value
        }
        #expect(sum == 50_000 * 49_999 / 2)
        #expect(await eventually { counter.live == 0 })
        #expect(counter.peak >= 1000 && counter.peak < 10_000)
    }
}

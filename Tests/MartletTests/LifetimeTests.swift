import Glibc
import Martlet
import TestSupport
import Testing

/// Elements that are references are destroyed exactly once, whatever happens to the job.
@Suite struct LifetimeTests {
    typealias Work = @Sendable (RDD<Tracked>, LiveCounter) async throws -> Void

    static let operators = plainOperators + narrowOperators
    static let failing = plainFailing + narrowFailing

    static let plainOperators: [(String, Work)] = [
        ("collect", { rdd, _ in _ = try await rdd.collect() }),
        ("count", { rdd, _ in _ = try await rdd.count() }),
        ("take", { rdd, _ in _ = try await rdd.take(7) }),
        ("first", { rdd, _ in _ = try await rdd.first() }),
        ("top", { rdd, _ in _ = try await rdd.top(5) }),
        ("reduce", { rdd, _ in _ = try await rdd.reduce { Swift.max($0, $1) } }),
        ("fold", { rdd, counter in _ = try await rdd.fold(Tracked(0, counter)) { Swift.max($0, $1) } }),
        ("foreach", { rdd, _ in try await rdd.foreach { _ in } }),
        ("foreachPartition", { rdd, _ in try await rdd.foreachPartition { elements in
            for element in elements where element.value % 100 == 99 { break }
        } }),
        ("runJob", { rdd, _ in _ = try await rdd.context.runJob(rdd) { _, elements in Array(elements) } }),
        ("runJob in part", { rdd, _ in
            _ = try await rdd.context.runJob(rdd, partitions: [2, 0]) { _, elements in elements.first { $0.value % 9 == 0 } }
        }),
        ("approximate actions", { rdd, _ in
            _ = try await rdd.countApprox(timeout: .zero)
            _ = try await rdd.countByValueApprox(timeout: .seconds(600)).finalValue
            _ = try await rdd.keyBy { $0 }.countByKeyApprox(timeout: .zero)
        }),
        ("accumulators", { rdd, _ in
            let all = rdd.context.collectionAccumulator(of: Tracked.self)
            try await rdd.foreach { all.add($0) }
            all.reset()
        }),
        ("map", { rdd, counter in _ = try await rdd.map { Tracked($0.value + 1, counter) }.count() }),
        ("filter", { rdd, _ in _ = try await rdd.filter { $0.value % 3 == 0 }.count() }),
        ("filter none", { rdd, _ in _ = try await rdd.filter { _ in false }.take(3) }),
        ("flatMap", { rdd, _ in
            _ = try await rdd.flatMap { repeatElement($0, count: $0.value % 5) }.count()
        }),
        ("flatMap and take", { rdd, _ in
            _ = try await rdd.flatMap { repeatElement($0, count: 100_000) }.take(5000)
        }),
        ("mapPartitions", { rdd, _ in _ = try await rdd.mapPartitions { Array($0) }.count() }),
        ("mapPartitions lazily", { rdd, _ in _ = try await rdd.mapPartitions { $0.lazy.map { $0 } }.take(3) }),
        ("mapPartitions in part", { rdd, _ in _ = try await rdd.mapPartitions { $0.prefix(3) }.collect() }),
        ("mapPartitions unread", { rdd, _ in _ = try await rdd.mapPartitions { _ in [1] }.collect() }),
        ("mapBatches", { rdd, _ in
            _ = try await rdd.mapBatches { (input: Span<Tracked>, output: inout OutputSpan<Tracked>) in
                for index in input.indices where index % 2 == 0 { output.append(input[index]) }
            }.count()
        }),
        ("union", { rdd, _ in _ = try await rdd.union(rdd).count() }),
        ("coalesce", { rdd, _ in _ = try await rdd.coalesce(2).collect() }),
        ("repartition", { rdd, _ in _ = try await rdd.repartition(5).collect() }),
        ("repartition and take", { rdd, _ in _ = try await rdd.repartition(5).take(2) }),
        ("distinct", { rdd, counter in
            _ = try await rdd.map { Tracked($0.value % 50, counter) }.distinct().collect()
        }),
        ("distinct and take", { rdd, _ in _ = try await rdd.distinct().take(2) }),
        ("sortBy", { rdd, _ in _ = try await rdd.sortBy(ascending: false) { $0 }.collect() }),
        ("sortBy and take", { rdd, _ in _ = try await rdd.sortBy { -$0.value }.take(3) }),
        ("reduceByKey", { rdd, _ in
            _ = try await rdd.map { ($0, $0) }.reduceByKey { Swift.max($0, $1) }.count()
        }),
        ("aggregateByKey", { rdd, counter in
            _ = try await rdd.map { ($0.value % 9, $0) }.aggregateByKey(Tracked(0, counter), Swift.max, combine: Swift.max)
                .collect()
        }),
        ("groupByKey", { rdd, _ in _ = try await rdd.map { ($0.value % 9, $0) }.groupByKey().collect() }),
        ("groupByKey and take", { rdd, _ in _ = try await rdd.map { ($0.value % 9, $0) }.groupByKey().take(1) }),
        ("join", { rdd, _ in
            let pairs = rdd.keyBy { $0.value % 500 }
            _ = try await pairs.join(pairs).count()
        }),
        ("join with plain values", { rdd, _ in
            let pairs = rdd.keyBy { $0.value % 500 }
            let plain = rdd.map { ($0.value % 700, $0.value) }
            _ = try await pairs.join(plain).count()
            _ = try await plain.join(pairs).count()
            _ = try await pairs.join(plain).take(10)
        }),
        ("join and take", { rdd, _ in
            let pairs = rdd.keyBy { $0.value % 3 }
            _ = try await pairs.join(pairs).take(3000)
        }),
        ("cogroup", { rdd, _ in
            let pairs = rdd.keyBy { $0.value % 100 }
            _ = try await pairs.cogroup(pairs.filter { $0.0 < 50 }).take(3)
        }),
        ("partitionBy, mapValues, values", { rdd, _ in
            _ = try await rdd.keyBy { $0.value }.partitionBy(.hash(3)).mapValues { $0 }.values().collect()
        }),
        ("flatMapValues", { rdd, _ in
            _ = try await rdd.keyBy { $0.value }.flatMapValues { [$0, $0] }.keys().count()
        }),
        ("cache", { rdd, _ in
            let cached = rdd.filter { $0.value % 2 == 0 }.cache()
            _ = try await (cached.count(), cached.take(3), cached.map { $0.value }.collect())
        }),
    ]

    @Test(.localOnly, arguments: operators.indices)
    func everyElementGoesOnce(_ index: Int) async throws {
        let (name, work) = Self.operators[index]
        let context = try makeContext("local[2]", "martlet.batch.bytes=4k", "martlet.shuffle.combineBytes=4k")
        defer { context.stop() }
        let counter = LiveCounter()
        try await work(context.range(0, 5000, partitions: 3).map { Tracked($0, counter) }, counter)
        #expect(await eventually { counter.live == 0 }, "\(name) leaves \(counter.live) of \(counter.total)")
        #expect(await eventually { context.heldBytes == 0 }, "\(name) holds \(context.heldBytes) bytes")
    }

    /// The same work over elements that the driver holds too: batches are lent.
    @Test(.localOnly, arguments: operators.indices)
    func lentElementsAreNotDestroyed(_ index: Int) async throws {
        let (name, work) = Self.operators[index]
        let context = try makeContext("local[2]", "martlet.batch.bytes=4k", "martlet.shuffle.combineBytes=4k")
        defer { context.stop() }
        let counter = LiveCounter()
        do {
            let elements = (0..<5000).map { Tracked($0, counter) }
            try await work(context.parallelize(elements, partitions: 3), counter)
            #expect(elements.reduce(0) { $0 + $1.value } == 5000 * 4999 / 2)
            withExtendedLifetime(elements) { #expect(counter.live >= 5000, "\(name)") }
        }
        #expect(await eventually { counter.live == 0 }, "\(name) leaves \(counter.live) of \(counter.total)")
    }

    static let plainFailing: [(String, Work)] = [
        ("map", { rdd, _ in _ = try await rdd.map { try refuse($0, 3210) }.count() }),
        ("map to references", { rdd, counter in
            _ = try await rdd.map { Tracked(try refuse($0, 3210).value, counter) }.collect()
        }),
        ("filter", { rdd, _ in _ = try await rdd.filter { try refuse($0, 3210).value > 5 }.count() }),
        ("flatMap", { rdd, _ in
            _ = try await rdd.flatMap { repeatElement(try refuse($0, 3210), count: 3) }.count()
        }),
        ("second step", { rdd, _ in
            _ = try await rdd.flatMap { repeatElement($0, count: 3) }.map { try refuse($0, 3210) }.collect()
        }),
        ("runJob", { rdd, _ in
            _ = try await rdd.context.runJob(rdd) { _, elements in try elements.map { try refuse($0, 3210) } }
        }),
        ("accumulators", { rdd, _ in
            let all = rdd.context.collectionAccumulator(of: Tracked.self)
            try await rdd.foreach { all.add(try refuse($0, 3210)) }
        }),
        ("mapPartitions", { rdd, _ in
            _ = try await rdd.mapPartitions { try $0.map { try refuse($0, 3210) } }.count()
        }),
        ("below mapPartitions", { rdd, _ in
            _ = try await rdd.map { try refuse($0, 3210) }.mapPartitions { $0.lazy.map { $0 } }.count()
        }),
        ("mapBatches", { rdd, _ in
            _ = try await rdd.mapBatches { (input: Span<Tracked>, output: inout OutputSpan<Tracked>) in
                for index in input.indices { output.append(try refuse(input[index], 3210)) }
            }.count()
        }),
        ("reduce", { rdd, _ in _ = try await rdd.reduce { Swift.max(try refuse($0, 3210), $1) } }),
        ("fold", { rdd, counter in
            _ = try await rdd.fold(Tracked(0, counter)) { Swift.max($0, try refuse($1, 3210)) }
        }),
        ("foreach", { rdd, _ in try await rdd.foreach { _ = try refuse($0, 3210) } }),
        ("top", { rdd, _ in _ = try await rdd.top(50) { left, right in try refuse(left, 3210) < right } }),
        ("repartition", { rdd, _ in _ = try await rdd.map { try refuse($0, 3210) }.repartition(3).count() }),
        ("sortBy", { rdd, _ in _ = try await rdd.sortBy { try refuse($0, 3210) }.count() }),
        ("reduceByKey", { rdd, _ in
            _ = try await rdd.keyBy { $0.value % 10 }.reduceByKey { Swift.max(try refuse($0, 3210), try refuse($1, 3210)) }.count()
        }),
        ("create", { rdd, _ in
            _ = try await rdd.keyBy { $0 }.combineByKey(
                into: { try refuse($0, 3210) }, mergeValue: { _, _ in }, mergeCombined: { _, _ in }).count()
        }),
        ("partitioner", { rdd, _ in
            let bad = Partitioner<Tracked>.custom(identity: "bad", partitionCount: 3) { $0.value == 3210 ? 3 : 0 }
            _ = try await rdd.map { ($0, $0) }.partitionBy(bad).count()
        }),
        ("combining partitioner", { rdd, _ in
            let bad = Partitioner<Tracked>.custom(identity: "bad", partitionCount: 3) { $0.value == 3210 ? 3 : 0 }
            _ = try await rdd.map { ($0, $0) }.reduceByKey(partitioner: bad) { left, _ in left }.count()
        }),
        ("mapValues", { rdd, _ in
            _ = try await rdd.keyBy { $0.value }.mapValues { try refuse($0, 3210) }.groupByKey().count()
        }),
        ("after a join", { rdd, _ in
            let pairs = rdd.keyBy { $0.value }
            _ = try await pairs.join(pairs).map { try refuse($0.1.0, 3210) }.count()
        }),
        ("cache", { rdd, _ in _ = try await rdd.map { try refuse($0, 3210) }.cache().count() }),
    ]

    @Test(.localOnly, arguments: failing.indices)
    func everyElementGoesWhenAFunctionFails(_ index: Int) async throws {
        let (name, work) = Self.failing[index]
        let context = try makeContext("local[2]", "martlet.batch.bytes=4k", "martlet.shuffle.combineBytes=4k")
        defer { context.stop() }
        let counter = LiveCounter()
        let error = await failure { try await work(context.range(0, 5000, partitions: 3).map { Tracked($0, counter) }, counter) }
        #expect(error is JobError, "\(name): \(error.map { "\($0)" } ?? "no error")")
        #expect(await eventually { counter.live == 0 }, "\(name) leaves \(counter.live) of \(counter.total)")
    }

    @Test(.localOnly, arguments: failing.indices)
    func lentElementsStayWhenAFunctionFails(_ index: Int) async throws {
        let (name, work) = Self.failing[index]
        let context = try makeContext("local[2]", "martlet.batch.bytes=4k", "martlet.shuffle.combineBytes=4k")
        defer { context.stop() }
        let counter = LiveCounter()
        do {
            let elements = (0..<5000).map { Tracked($0, counter) }
            let error = await failure { try await work(context.parallelize(elements, partitions: 3), counter) }
            #expect(error is JobError, "\(name)")
            #expect(elements.reduce(0) { $0 + $1.value } == 5000 * 4999 / 2)
        }
        #expect(await eventually { counter.live == 0 }, "\(name) leaves \(counter.live) of \(counter.total)")
    }

    static let stages = plainStages + narrowStages

    static let plainStages: [(String, @Sendable (RDD<Tracked>) async throws -> Void)] = [
        ("collect", { _ = try await $0.collect() }),
        ("treeReduce", { _ = try await $0.treeReduce { Swift.max($0, $1) } }),
        ("join", { rdd in
            let pairs = rdd.keyBy { $0.value }
            _ = try await pairs.join(pairs).count()
        }),
        ("cogroup in place", { rdd in
            let pairs = rdd.keyBy { $0.value }.partitionBy(.hash(3))
            _ = try await pairs.cogroup(pairs).count()
        }),
        ("mapPartitions", { _ = try await $0.mapPartitions { Array($0) }.collect() }),
        ("sortBy", { _ = try await $0.sortBy { $0 }.collect() }),
        ("reduceByKey", { _ = try await $0.keyBy { $0.value % 7 }.reduceByKey { left, _ in left }.collect() }),
        ("cache", { _ = try await $0.cache().count() }),
    ]

    @Test(.localOnly, arguments: stages.indices)
    func everyElementGoesWhenTheJobIsCancelled(_ index: Int) async throws {
        let (name, work) = Self.stages[index]
        let context = try makeContext("local[2]", "martlet.batch.bytes=4k")
        defer { context.stop() }
        let (counter, reached) = (LiveCounter(), CallCounter())
        let task = Task {
            try await work(
                context.range(0, 5000, partitions: 3).map { value in
                    if value == 1200 {
                        reached.add()
                        while let task = TaskContext.current, !task.isInterrupted { sched_yield() }
                    }
                    return Tracked(value, counter)
                })
        }
        #expect(await eventually { reached.count > 0 })
        task.cancel()
        #expect(await failure { try await task.value } is CancellationError, "\(name)")
        #expect(await eventually { counter.live == 0 }, "\(name) leaves \(counter.live) of \(counter.total)")
    }

    @Test(.localOnly) func cachedElementsLiveAsLongAsTheirRDD() async throws {
        let context = try makeContext()
        defer { context.stop() }
        let counter = LiveCounter()
        do {
            let cached = context.range(0, 1000, partitions: 4).map { Tracked($0, counter) }.cache()
            #expect(try await cached.count() == 1000)
            #expect(counter.live == 1000)
            #expect(cached.cachedPartitionCount == 4)
            #expect(try await cached.count() == 1000)
            #expect(counter.total == 1000)
            cached.unpersist()
            #expect(await eventually { counter.live == 0 })
            #expect(cached.cachedBytes == 0)
            cached.cache()
            #expect(try await cached.count() == 1000)
            #expect(counter.live == 1000)
        }
        #expect(await eventually { counter.live == 0 && context.heldBytes == 0 })
    }
}

func refuse(_ element: Tracked, _ value: Int) throws -> Tracked {
    if element.value == value { throw Refusal(value: value) }
    return element
}

import Martlet
import TestSupport
import Testing

/// Senseless numbers, wherever users pass one to a function: no call traps, hangs, or allocates memory for them.
@Suite struct CountTests {
    let context: MartletContext
    let directory = TemporaryDirectory()

    /// So little memory that no sample of a billion elements fits, wherever the tests run.
    init() throws { context = try makeContext("local[2]", "martlet.executor.memory=16m") }

    static let numbers = [Int.min, Int.min + 1, -1, 0, 1, 2, 1 << 31, 1 << 40, Int.max / 2, Int.max - 1, Int.max]

    /// The outcome of a call with a number.
    enum Outcome: Equatable {
        /// The call returns a result.
        case result
        /// An `ArgumentError` of the operator, whose text ends with this.
        case refused(String)
    }

    /// A call with a number.
    struct Call: Sendable {
        let name: String
        /// Numbers from `least` to `most` are accepted.
        var least = 1
        var most = Int.max
        /// The errors for smaller and larger numbers, with N for the number.
        var tooFew = "cannot make N partitions; there must be at least 1"
        var tooMany = ""
        let run: @Sendable (CountTests, Int) async throws -> Void

        init(
            _ name: String, least: Int = 1, most: Int = .max,
            tooFew: String = "cannot make N partitions; there must be at least 1", tooMany: String = "",
            _ run: @escaping @Sendable (CountTests, Int) async throws -> Void
        ) {
            (self.name, self.least, self.most, self.tooFew, self.tooMany, self.run) = (name, least, most, tooFew, tooMany, run)
        }

        func expected(_ number: Int) -> Outcome {
            if number < least { return .refused(tooFew.replacing("N", with: "\(number)")) }
            return number > most ? .refused(tooMany.replacing("N", with: "\(number)")) : .result
        }
    }

    private var rdd: RDD<Int> { context.range(0, 10, partitions: 2) }
    private var pairs: RDD<(Int, Int)> { rdd.map { ($0, $0) } }

    private static let records =
        "cannot make N partitions; there can be 16777216 at most, since each is a task that the driver keeps a record of"
    private static let buffers =
        "cannot make N partitions; rows can be shuffled into 1000000 at most, since each task that writes them keeps a buffer "
        + "for every one"

    private static func source(_ name: String, _ run: @escaping @Sendable (CountTests, Int) async throws -> Void) -> Call {
        Call(name, most: 1 << 24, tooMany: records, run)
    }

    private static func shuffle(_ name: String, _ run: @escaping @Sendable (CountTests, Int) async throws -> Void) -> Call {
        Call(name, most: 1_000_000, tooMany: buffers, run)
    }

    /// Every function that takes a number, by its name. Partition counts that are too large to run are only checked.
    static let calls: [Call] = [
        source("parallelize") { _ = try await $0.context.parallelize([1, 2], partitions: $1).take(1) },
        source("range") { _ = try await $0.context.range(0, 5, partitions: $1).take(1) },
        source("range") { _ = try await $0.context.range(0..<5, partitions: $1).take(1) },
        source("generate") { _ = try await $0.context.generate(partitions: $1) { [$0] }.take(1) },
        source("generate") { _ = try await $0.context.generate(of: Int.self, partitions: $1) { _ in { nil } }.take(0) },
        source("coalesce") { _ = try await $0.rdd.coalesce($1).count() },
        source("textFile") { _ = try await $0.context.textFile($0.text, minPartitions: $1).count() },
        source("textFile") { _ = try await $0.context.textFile($0.text, delimiter: "b", minPartitions: $1).count() },
        source("textLines") { _ = try await $0.context.textLines($0.text, minPartitions: $1).count() },
        source("wholeTextFiles") { _ = try await $0.context.wholeTextFiles($0.text, minPartitions: $1).count() },
        source("binaryFiles") { _ = try await $0.context.binaryFiles($0.text, minPartitions: $1).count() },
        source("binaryRecords") { _ = try await $0.context.binaryRecords($0.text, as: UInt8.self, minPartitions: $1).count() },
        source("binaryRecords") { _ = try await $0.context.binaryRecords($0.text, length: 1, minPartitions: $1).count() },
        shuffle("repartition") { _ = try await $0.rdd.repartition($1).take(1) },
        shuffle("coalesce") { _ = try await $0.rdd.coalesce($1, shuffle: true).take(1) },
        shuffle("sortBy") { _ = try await $0.rdd.sortBy(partitions: $1) { $0 }.take(1) },
        shuffle("sortByKey") { _ = try await $0.pairs.sortByKey(partitions: $1).take(1) },
        shuffle("distinct") { _ = try await $0.rdd.distinct(partitions: $1).take(1) },
        shuffle("distinct") { _ = try await $0.pairs.distinct(partitions: $1).take(1) },
        shuffle("intersection") { _ = try await $0.rdd.intersection($0.rdd, partitioner: .hash($1)).take(1) },
        shuffle("subtract") { _ = try await $0.rdd.subtract($0.rdd, partitioner: .hash($1)).take(1) },
        shuffle("subtractByKey") { _ = try await $0.pairs.subtractByKey($0.pairs, partitioner: .hash($1)).take(1) },
        shuffle("partitionBy") { _ = try await $0.pairs.partitionBy(.hash($1)).take(1) },
        shuffle("partitionBy") {
            _ = try await $0.pairs.partitionBy(.custom(identity: "one", partitionCount: $1) { _ in 0 }).take(1)
        },
        shuffle("repartitionAndSortWithinPartitions") {
            _ = try await $0.pairs.repartitionAndSortWithinPartitions(.hash($1)).take(1)
        },
        shuffle("reduceByKey") { _ = try await $0.pairs.reduceByKey(partitions: $1, +).take(1) },
        shuffle("reduceByKey") { _ = try await $0.pairs.reduceByKey(partitioner: .hash($1), +).take(1) },
        shuffle("foldByKey") { _ = try await $0.pairs.foldByKey(0, partitions: $1, +).take(1) },
        shuffle("foldByKey") { _ = try await $0.pairs.foldByKey(0, partitioner: .hash($1), +).take(1) },
        shuffle("aggregateByKey") { _ = try await $0.pairs.aggregateByKey(0, partitions: $1, +, combine: +).take(1) },
        shuffle("aggregateByKey") { _ = try await $0.pairs.aggregateByKey(0, partitioner: .hash($1), +, combine: +).take(1) },
        shuffle("aggregateByKey") {
            _ = try await $0.pairs.aggregateByKey(into: 0, partitioner: .hash($1)) { $0 += $1 } combine: { $0 += $1 }.take(1)
        },
        shuffle("combineByKey") {
            _ = try await $0.pairs.combineByKey(
                partitioner: .hash($1), into: { $0 }, mergeValue: { $0 += $1 }, mergeCombined: { $0 += $1 }).take(1)
        },
        shuffle("groupByKey") { _ = try await $0.pairs.groupByKey(partitions: $1).take(1) },
        shuffle("groupByKey") { _ = try await $0.pairs.groupByKey(partitioner: .hash($1)).take(1) },
        shuffle("groupBy") { _ = try await $0.rdd.groupBy(partitions: $1) { $0 }.take(1) },
        shuffle("groupBy") { _ = try await $0.rdd.groupBy(partitioner: .hash($1)) { $0 }.take(1) },
        shuffle("join") { _ = try await $0.pairs.join($0.pairs, partitioner: .hash($1)).take(1) },
        shuffle("leftOuterJoin") { _ = try await $0.pairs.leftOuterJoin($0.pairs, partitioner: .hash($1)).take(1) },
        shuffle("rightOuterJoin") { _ = try await $0.pairs.rightOuterJoin($0.pairs, partitioner: .hash($1)).take(1) },
        shuffle("fullOuterJoin") { _ = try await $0.pairs.fullOuterJoin($0.pairs, partitioner: .hash($1)).take(1) },
        shuffle("cogroup") { _ = try await $0.pairs.cogroup($0.pairs, partitioner: .hash($1)).take(1) },
        shuffle("cogroup") { _ = try await $0.pairs.cogroup($0.pairs, $0.pairs, $0.pairs, partitioner: .hash($1)).take(1) },
        shuffle("asOfJoin") {
            _ = try await $0.pairs.asOfJoin($0.pairs, partitioner: .hash($1)) { $0 } otherTime: { $0 }.take(1)
        },
        shuffle("countApproxDistinctByKey") { _ = try await $0.pairs.countApproxDistinctByKey(partitions: $1).take(1) },
        shuffle("range") { _ = try await Partitioner.range($1, of: $0.pairs) },
        Call("range", least: .min, tooFew: "") { tests, number in
            if number == 0 { return }
            let count = try await tests.context.range(0, 5, step: number).count()
            #expect(count == (number < 0 ? 0 : number > 4 ? 1 : number > 1 ? 3 : 5))
        },
        Call("take", least: 0, tooFew: "cannot take N elements") { $0.expect(try await $0.rdd.take($1).count, min($1, 10)) },
        Call("top", least: 0, tooFew: "cannot take N elements") { $0.expect(try await $0.rdd.top($1).count, min($1, 10)) },
        Call("top", least: 0, tooFew: "cannot take N elements") {
            $0.expect(try await $0.pairs.top($1) { $0.1 < $1.1 }.count, min($1, 10))
        },
        Call("takeOrdered", least: 0, tooFew: "cannot take N elements") {
            $0.expect(try await $0.rdd.takeOrdered($1).count, min($1, 10))
        },
        Call("takeOrdered", least: 0, tooFew: "cannot take N elements") {
            $0.expect(try await $0.pairs.takeOrdered($1) { $0.1 < $1.1 }.count, min($1, 10))
        },
        Call("takeSample", least: 0, tooFew: "cannot draw N elements") {
            $0.expect(try await $0.rdd.takeSample(withReplacement: false, count: $1).count, min($1, 10))
        },
        Call(
            "takeSample", least: 0, most: 2 << 20, tooFew: "cannot draw N elements",
            tooMany: "cannot draw N elements; 2097152 can be at most, since the caller holds them in memory (16m, see "
                + "martlet.executor.memory); sample gives an RDD"
        ) {
            $0.expect(try await $0.rdd.takeSample(withReplacement: true, count: $1).count, $1)
        },
        Call("topK", least: 0, tooFew: "cannot take N elements") { $0.expect(try await $0.rdd.topK($1).count, min($1, 10)) },
        Call("topK", least: 3, tooFew: "N counters are too few; give at least 3") {
            $0.expect(try await $0.rdd.topK(3, counters: $1).count, 3)
        },
        Call("frequentItems", tooFew: "there must be at least 1 counter, not N") {
            $0.expect(try await $0.rdd.frequentItems(counters: $1).count, 10)
        },
        Call(
            "histogram", most: 1_000_000, tooFew: "cannot make N buckets; there must be at least 1",
            tooMany: "cannot make N buckets; there can be 1000000 at most, since each task keeps a count for every one; "
                + "round the numbers and use countByValue for more"
        ) {
            $0.expect(try await $0.rdd.histogram(buckets: $1).counts.reduce(0, +), 10)
        },
        Call(
            "countApproxDistinct", least: 4, most: 32, tooFew: "a precision is 4 to 32, not N",
            tooMany: "a precision is 4 to 32, not N"
        ) {
            _ = try await $0.rdd.countApproxDistinct(precision: $1, sparsePrecision: 0)
        },
        Call("sliding", tooFew: "a window cannot have N elements") {
            $0.expect(try await $0.rdd.sliding($1).count(), max(0, $1 > 10 ? 0 : 11 - $1))
        },
        Call("sliding", tooFew: "windows cannot be N elements apart") {
            $0.expect(try await $0.rdd.sliding(2, step: $1).count(), ($1 > 8 ? 1 : (9 + $1 - 1) / $1))
        },
        Call("treeReduce", tooFew: "a tree has at least 1 level, not N") {
            $0.expect(try await $0.context.range(0, 50, partitions: 50).treeReduce(depth: $1, +), 1225)
        },
        Call("treeAggregate", tooFew: "a tree has at least 1 level, not N") {
            $0.expect(try await $0.rdd.treeAggregate(into: 0, depth: $1) { $0 += $1 } combine: { $0 += $1 }, 45)
        },
        Call(
            "binaryRecords", most: 1 << 30, tooFew: "a record cannot have N bytes",
            tooMany: "a record cannot have N bytes; it can have 1073741824 at most, since tasks hold a record in memory"
        ) {
            $0.expect(try await $0.context.binaryRecords($0.directory.path("empty"), length: $1).count(), 0)
        },
        Call("coalesce", least: .max, tooFew: "") { tests, number in
            let error = await failure { try await tests.rdd.coalesce(groups: [[0, 1, number]]).count() }
            #expect(error is ArgumentError, "\(number)")
        },
        Call("runJob", least: .max, tooFew: "") { tests, number in
            if number == 0 || number == 1 { return }
            let error = await failure { try await tests.context.runJob(tests.rdd, partitions: [0, number]) { _, _ in 0 } }
            #expect(error is ArgumentError, "\(number)")
        },
        Call("sample", least: .min) {
            $0.expect(try await $0.rdd.sample(withReplacement: true, fraction: 1, seed: $1).count() < 100, true)
        },
        Call("sampleByKey", least: .min) {
            $0.expect(try await $0.pairs.sampleByKey(withReplacement: true, fractions: [1: 2], seed: $1).count() < 100, true)
        },
        Call("sampleByKeyExact", least: .min) {
            $0.expect(try await $0.pairs.sampleByKeyExact(withReplacement: true, fractions: [1: 2], seed: $1).count(), 2)
        },
        Call("randomSplit", least: .min) { $0.expect(try await $0.rdd.randomSplit([1, 0], seed: $1)[0].count(), 10) },
        Call("quantiles", least: .min) { $0.expect(try await $0.rdd.quantiles([1], seed: $1), [9]) },
        Call("quantileSketch", least: .min) { $0.expect(try await $0.rdd.quantileSketch(seed: $1).quantile(0), 0) },
        Call("parallelMap", least: .min) {
            $0.expect(try await $0.context.parallelMap(0..<3, seed: $1) { number, _ in number }, [0, 1, 2])
        },
    ]

    private func expect<Value: Equatable>(_ found: Value, _ expected: Value, _ location: SourceLocation = #_sourceLocation) {
        #expect(found == expected, sourceLocation: location)
    }

    private var text: String { directory.path("text") }

    /// The driver decides: executors are not involved.
    @Test(.localOnly, arguments: calls.indices)
    func anyNumber(_ index: Int) async throws {
        let call = Self.calls[index]
        try directory.write("text", "abc\n")
        try directory.write("empty", "")
        for number in Self.numbers {
            var outcome = Outcome.result
            do {
                // The number of partitions that would be made, without making them: `take` computes one of them.
                try await call.run(self, number)
            } catch let error as ArgumentError {
                outcome = .refused(error.problem)
                #expect(error.operation == call.name)
                #expect("\(error)".contains("CountTests.swift:"))
            }
            if call.least == .max { continue }
            #expect(outcome == call.expected(number), "\(call.name) of \(number)")
        }
    }

    /// Each public function that takes a number is called above, or listed here with the reason.
    @Test(.localOnly) func noFunctionIsForgotten() throws {
        let others: Set = [
            // The operator that gets the partitioner refuses it.
            "hash", "custom",
            // Called by the engine.
            "onBlockUpdated", "scan",
            // Any number is valid.
            "sum",
        ]
        let called = Set(Self.calls.map(\.name))
        let found = Set(
            try publicFunctions().filter { function in
                function.parameters.split(separator: ",").contains { parameter in
                    parameter.contains(/: (\[)?Int\b/) && !parameter.contains("line: Int") && !parameter.contains("(")
                }
            }.map(\.name))
        #expect(found.isSuperset(of: ["repartition", "take", "histogram", "coalesce"]), "the sources are read")
        #expect(found.subtracting(called).subtracting(others) == [])
    }

    // MARK: Numbers that no caller passes

    @Test func productsOfManyPartitions() async throws {
        let (many, few) = (context.range(0, 5, partitions: 1 << 20), context.range(0, 5, partitions: 3))
        #expect(try await many.coalesce(1000).cartesian(few).take(1).count == 1)
        let error = await failure { try await many.cartesian(many, line: 7).count() }
        #expect(
            error.map { "\($0)" } == """
                cartesian at CountTests.swift:7: 1048576 times 1048576 partitions are more than 16777216, each of which is a \
                task that the driver keeps a record of: coalesce() the RDDs
                """)
        let all = await failure { try await context.union(Array(repeating: many, count: 17), line: 7).count() }
        #expect(all.map { "\($0)" } == "union at CountTests.swift:7: \(Self.records.replacing("N", with: "\(17 << 20)"))")
        // A shuffle has as many partitions as its input.
        let shuffled = await failure { try await many.distinct(line: 7).count() }
        #expect(
            shuffled.map { "\($0)" } == "distinct at CountTests.swift:7: \(Self.buffers.replacing("N", with: "\(1 << 20)"))")
    }

    @Test func moreNumbersThanCanBeCounted() async throws {
        #expect(try await context.range(0, .max, partitions: 4).take(2) == [0, 1])
        #expect(try await context.range(.min, 0, step: 2, partitions: 4).take(2) == [.min, .min + 2])
        #expect(try await context.range(.min, .max, step: .max).collect() == [.min, -1, .max - 1])
        let error = await failure { try await context.range(.min, .max, line: 7).take(1) }
        #expect(
            error.map { "\($0)" } == """
                range at CountTests.swift:7: from \(Int.min) to \(Int.max) there are more than \(Int.max) numbers 1 apart, \
                which nothing can count
                """)
    }
}

import Martlet
import TestSupport
import Testing

/// The error of a failing function names the operator, the line, the partition and the stage.
@Suite struct FailureTextTests {
    let context: MartletContext

    init() throws { context = try makeContext() }

    /// Runs `body` on the numbers 0..<8 in 4 partitions; the function of its operator refuses 5, in partition 2.
    private func report(_ body: (RDD<Int>) async throws -> Void) async throws -> TaskFailureReport {
        let error = await failure { try await body(context.range(0, 8, partitions: 4)) }
        guard case JobError.taskFailed(let report)? = error else {
            Issue.record("unexpected: \(error.map { "\($0)" } ?? "no error")")
            throw Refusal(value: -1)
        }
        #expect(report.underlying is Refusal)
        #expect(report.partition == 2)
        #expect(report.attempts == 1)
        return report
    }

    @Sendable static func refuse(_ number: Int) throws -> Int {
        if number == 5 { throw Refusal(value: number) }
        return number
    }

    @Test func theWholeText() async throws {
        let line = #line + 1
        let report = try await report { _ = try await $0.map { try Self.refuse($0) }.collect() }
        let text = "map at FailureTextTests.swift:\(line) failed in partition 2 of stage \(report.stage) (job \(report.job)): 5 is refused"
        #expect(JobError.taskFailed(report).description == text)
    }

    static let operators = plainOperators + narrowOperators

    static let plainOperators: [(String, @Sendable (RDD<Int>, Int) async throws -> Void)] = [
        ("map", { _ = try await $0.map({ try refuse($0) }, line: $1).count() }),
        ("filter", { _ = try await $0.filter({ try refuse($0) > 1 }, line: $1).count() }),
        ("flatMap", { _ = try await $0.flatMap({ [try refuse($0)] }, line: $1).count() }),
        ("flatMap", { _ = try await $0.flatMap({ "\(try refuse($0)) a".words() }, line: $1).count() }),
        ("keyBy", { _ = try await $0.keyBy({ try refuse($0) }, line: $1).count() }),
        ("mapPartitions", { _ = try await $0.mapPartitions({ try $0.map { try refuse($0) } }, line: $1).count() }),
        ("mapPartitionsWithIndex", {
            _ = try await $0.mapPartitionsWithIndex({ _, all in try all.map { try refuse($0) } }, line: $1).count()
        }),
        ("mapBatches", {
            _ = try await $0.mapBatches({ (input: Span<Int>, output: inout OutputSpan<Int>) in
                for index in input.indices { output.append(try refuse(input[index])) }
            }, line: $1).count()
        }),
        ("mapValues", { _ = try await $0.keyBy { $0 }.mapValues({ try refuse($0) }, line: $1).count() }),
        ("flatMapValues", { _ = try await $0.keyBy { $0 }.flatMapValues({ [try refuse($0)] }, line: $1).count() }),
        ("foreach", { try await $0.foreach({ _ = try refuse($0) }, line: $1) }),
        ("foreachPartition", { try await $0.foreachPartition({ for value in $0 { _ = try refuse(value) } }, line: $1) }),
        ("reduce", { _ = try await $0.reduce({ try $0 + refuse($1) }, line: $1) }),
        ("aggregate", { _ = try await $0.aggregate(0, { try $0 + refuse($1) }, combine: +, line: $1) }),
        ("aggregate", { _ = try await $0.aggregate(into: 0, { $0 += try refuse($1) }, combine: { $0 += $1 }, line: $1) }),
        ("top", { _ = try await $0.top(1, by: { try refuse($0) < refuse($1) }, line: $1) }),
        ("takeOrdered", { _ = try await $0.takeOrdered(1, by: { try refuse($0) < refuse($1) }, line: $1) }),
        // On the map side of a shuffle.
        ("sortBy", { _ = try await $0.sortBy({ try refuse($0) }, line: $1).count() }),
        ("combineByKey", {
            _ = try await $0.keyBy { $0 }.combineByKey(into: {
                try refuse($0)
            }, mergeValue: { $0 += $1 }, mergeCombined: { $0 += $1 }, line: $1).count()
        }),
        ("reduceByKey", {
            _ = try await $0.map { ($0 / 2, $0) }.reduceByKey({ try refuse($0) + refuse($1) }, line: $1).count()
        }),
        ("aggregateByKey", {
            _ = try await $0.keyBy { $0 }.aggregateByKey(0, { try $0 + refuse($1) }, combine: +, line: $1).count()
        }),
    ]

    @Test(arguments: operators.indices)
    func namesTheOperatorAndItsLine(_ index: Int) async throws {
        let (name, work) = Self.operators[index]
        let report = try await report { try await work($0, 4711) }
        #expect(report.operation == name)
        #expect(report.callSite?.line == 4711, "\(name)")
    }

    @Test func theReduceSideIsLocatedToo() async throws {
        let error = await failure {
            try await context.range(0, 8, partitions: 4).map { ($0 % 2, 1) }
                .reduceByKey(partitions: 1, { left, right in
                    if left + right == 4 { throw Refusal(value: 4) }
                    return left + right
                }, line: 4711).collect()
        }
        let text = try #require(error.map { "\($0)" })
        #expect(text.hasPrefix("reduceByKey at FailureTextTests.swift:4711 failed in partition 0"), "\(text)")
    }

    @Test func theInnerOperatorIsNamed() async throws {
        let report = try await report {
            _ = try await $0.map({ try Self.refuse($0) }, line: 4711).filter { _ in true }
                .mapPartitions { $0.lazy.map { $0 } }.reduce(+)
        }
        #expect(report.operation == "map")
        #expect(report.callSite?.line == 4711)
    }

    @Test func aPartitionersBadIndex() async throws {
        let bad = Partitioner<Int>.custom(identity: "bad", partitionCount: 3) { $0 == 0 ? -1 : 0 }
        let error = await failure {
            try await context.range(0, 8, partitions: 4).keyBy { $0 }.partitionBy(bad, line: 4711).count()
        }
        let text = try #require(error.map { "\($0)" })
        #expect(text.contains("partitionBy at FailureTextTests.swift:4711"), "\(text)")
        #expect(text.contains("the partitioner gave partition -1, but there are 3: return 0 to 2"), "\(text)")
    }

    @Test func driverSideFunctionsAreLocated() async throws {
        let error = await failure {
            try await context.range(0, 8, partitions: 4).aggregate(0, +, combine: { left, right in
                throw Refusal(value: right)
            }, line: 4711)
        }
        #expect(error.map { "\($0)" } == "aggregate at FailureTextTests.swift:4711: 1 is refused")
    }
}

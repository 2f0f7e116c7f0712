import Martlet
import MartletFiles
import TestSupport
import Testing

/// Operators on input that is planned late: they give the same plans and results as on planned input.
@Suite struct LateOperatorTests {
    private let context: MartletContext
    private let place = TemporaryDirectory()

    init() throws { context = try makeContext("local[3]") }

    /// The result of each operator is the same for unplanned and planned input.
    static let operators: [(String, @Sendable (RDD<Int>, RDD<Int>) -> RDD<String>)] = [
        ("map", { left, _ in left.map { "\($0)" } }),
        ("filter", { left, _ in left.filter { $0 % 2 == 0 }.map { "\($0)" } }),
        ("mapPartitions", { left, _ in left.mapPartitions { $0.lazy.map { "\($0)" } } }),
        ("glom", { left, _ in left.glom().map { "\($0)" } }),
        ("union", { left, right in left.union(right).map { "\($0)" } }),
        ("union of keyed", { left, right in
            left.keyBy { $0 % 5 }.partitionBy(.hash(3)).union(right.keyBy { $0 % 5 }.partitionBy(.hash(3))).map { "\($0)" }
        }),
        ("coalesce", { left, _ in left.coalesce(2).glom().map { "\($0)" } }),
        ("coalesce by groups", { left, _ in left.coalesce(groups: [[2, 0], [1]]).glom().map { "\($0)" } }),
        ("coalesce with a shuffle", { left, _ in left.coalesce(2, shuffle: true).glom().map { "\($0)" } }),
        ("repartition", { left, _ in left.repartition(5).glom().map { "\($0)" } }),
        ("cartesian", { left, right in left.cartesian(right).map { "\($0)" } }),
        ("zip", { left, _ in left.zip(left.map { $0 + 1 }).map { "\($0)" } }),
        ("zipPartitions", { left, right in left.zipPartitions(right) { a, b in ["\(Array(a)) \(Array(b))"] } }),
        ("zipWithIndex", { left, _ in left.zipWithIndex().map { "\($0)" } }),
        ("zipWithUniqueId", { left, _ in left.zipWithUniqueId().map { "\($0)" } }),
        ("sliding", { left, _ in left.sliding(3).map { "\($0)" } }),
        ("sliding by 2", { left, _ in left.sliding(3, step: 2).map { "\($0)" } }),
        ("distinct", { left, _ in left.map { $0 % 7 }.distinct().map { "\($0)" } }),
        ("distinct of pairs", { left, _ in left.map { ($0 % 7, 1) }.distinct().map { "\($0)" } }),
        ("distinct in place", { left, _ in left.map { ($0 % 7, 1) }.partitionBy(.hash(4)).distinct().map { "\($0)" } }),
        ("intersection", { left, right in left.intersection(right).map { "\($0)" } }),
        ("subtract", { left, right in left.subtract(right).map { "\($0)" } }),
        ("subtractByKey", { left, right in
            left.keyBy { $0 % 7 }.subtractByKey(right.filter { $0 % 2 == 0 }.keyBy { $0 % 5 }).map { "\($0)" }
        }),
        ("reduceByKey", { left, _ in left.keyBy { $0 % 5 }.reduceByKey(+).map { "\($0)" } }),
        ("reduceByKey in two", { left, _ in left.keyBy { $0 % 5 }.reduceByKey(partitions: 2, +).map { "\($0)" } }),
        ("reduceByKey twice", { left, _ in left.keyBy { $0 % 5 }.reduceByKey(+).reduceByKey(+).map { "\($0)" } }),
        ("groupByKey", { left, _ in left.keyBy { $0 % 5 }.groupByKey().map { "\($0)" } }),
        ("partitionBy", { left, _ in left.keyBy { $0 }.partitionBy(.range(bounds: [3, 9])).map { "\($0)" } }),
        ("partitionBy what is so", { left, _ in
            left.keyBy { $0 }.partitionBy(.hash(4)).partitionBy(.hash(4)).mapValues { $0 + 1 }.map { "\($0)" }
        }),
        ("join", { left, right in left.keyBy { $0 % 5 }.join(right.keyBy { $0 % 4 }).map { "\($0)" } }),
        ("join with what is placed", { left, right in
            left.keyBy { $0 % 5 }.reduceByKey(+).join(right.keyBy { $0 % 4 }).map { "\($0)" }
        }),
        ("leftOuterJoin", { left, right in left.keyBy { $0 % 5 }.leftOuterJoin(right.keyBy { $0 }).map { "\($0)" } }),
        ("cogroup", { left, right in left.keyBy { $0 % 5 }.cogroup(right.keyBy { $0 % 4 }).map { "\($0)" } }),
        ("sortBy", { left, _ in left.sortBy { -$0 }.glom().map { "\($0)" } }),
        ("sortByKey", { left, _ in left.keyBy { $0 % 5 }.sortByKey(partitions: 2).filterByRange(2...3).map { "\($0)" } }),
        ("filterByRange", { left, _ in
            left.keyBy { $0 }.partitionBy(.range(bounds: [3, 9])).filterByRange(1...4).map { "\($0)" }
        }),
        ("pipe", { left, _ in left.pipe("cat") }),
        ("sample", { left, _ in left.sample(withReplacement: false, fraction: 0.5, seed: 4).map { "\($0)" } }),
        ("scan", { left, _ in left.scan(0, +).map { "\($0)" } }),
        ("cache", { left, _ in left.map { "\($0)" }.cache() }),
    ]

    @Test(arguments: operators.indices.share())
    func everyOperator(_ index: Int) async throws {
        let (name, make) = Self.operators[index]
        func pair() -> (RDD<Int>, RDD<Int>) {
            (
                context.textFile(place.path("left"), minPartitions: 3).map { Int($0) ?? -1 },
                context.textFile(place.path("right"), minPartitions: 3).map { Int($0) ?? -1 }
            )
        }
        let (left, right) = pair()
        let late = make(left, right)
        #expect(await failure { try await late.count() } is FileError, "\(name)")
        #expect(await failure { try await late.take(1) } is FileError, "\(name)")
        try place.write("left", (0..<20).map { "\($0)\n" }.joined())
        try place.write("right", (5..<25).map { "\($0)\n" }.joined())
        // One input is planned before the call of the operator, the other with it or by it.
        let (first, second) = pair()
        #expect(first.partitionCount == 3 && second.partitionCount == 3)
        let early = make(first, second)
        #expect(try await late.collectPartitions() == early.collectPartitions(), "\(name)")
        #expect(late.partitionCount == early.partitionCount && late.partitioner == early.partitioner, "\(name)")
        #expect(late.dependencies.count == early.dependencies.count, "\(name)")
        // Where an operator returns its own input, a node passes it on.
        if name != "partitionBy what is so" {
            #expect(plain(late.explain()) == plain(early.explain()), "\(name)")
            #expect(plain(late.toDebugString) == plain(early.toDebugString), "\(name)")
        }
        let (third, fourth) = pair()
        #expect(third.partitionCount == 3)
        let mixed = make(third, fourth)
        #expect(try await mixed.collectPartitions() == early.collectPartitions(), "\(name), with one side planned")
    }

    /// A plan without its numbers, which vary.
    private func plain(_ text: String) -> [String] {
        text.split(separator: "\n").map { line in
            line.replacing(/\[\d+\] ?/, with: "").replacing(/shuffles? [\d, and]+/, with: "shuffle ")
                .split(separator: " ").joined(separator: " ")
        }
    }

    /// The error of a wrong argument is thrown once it can be known.
    @Test func argumentsThatDependOnTheInput() async throws {
        let path = place.path("text")
        let late = context.textFile(path, minPartitions: 2)
        let zipped = late.zip(context.range(0, 6, partitions: 3), line: 9)
        let groups = late.coalesce(groups: [[0], [1], [2]], line: 9)
        #expect(await failure { try await zipped.count() } is FileError)
        try place.write("text", "1\n2\n3\n")
        let text = await failure { try await zipped.map { $0 }.count() }.map { "\($0)" }
        #expect(
            text?.hasPrefix("zip at LateOperatorTests.swift:9: one RDD has 2 partitions and the other 3") == true,
            "\(text ?? "")")
        let other = await failure { try await groups.map { $0 }.count() }.map { "\($0)" }
        #expect(other == "coalesce at LateOperatorTests.swift:9: a group names partition 2, but there are 2", "\(other ?? "")")
        // Arguments that do not depend on the input are checked at once, whether the input exists or not.
        let none = context.textFile(place.path("none")).repartition(0, line: 9)
        let third = await failure { try await none.count() }.map { "\($0)" }
        #expect(third?.hasPrefix("repartition at LateOperatorTests.swift:9") == true)
    }
}

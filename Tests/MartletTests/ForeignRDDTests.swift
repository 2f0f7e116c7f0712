import Foundation
import Martlet
import TestSupport
import Testing

/// RDDs of another context, in each operator and action that takes one.
@Suite struct ForeignRDDTests {
    let (own, other): (MartletContext, MartletContext)

    init() throws {
        own = try makeContext("local[2]")
        other = try makeContext("local[1]")
    }

    /// Every call that combines an RDD of `other` with `own`, by the name of the operator.
    private var calls: [(name: String, operation: String, () async throws -> Void)] {
        let (numbers, foreign) = (own.range(0, 10, partitions: 2), other.range(0, 10, partitions: 2))
        let (pairs, foreignPairs) = (numbers.map { ($0, $0) }, foreign.map { ($0, $0) })
        let odd = other.range(0, 9, partitions: 3)
        return [
            ("union", "union", { _ = try await numbers.union(foreign).count() }),
            ("union", "union", { _ = try await own.union([numbers, numbers, foreign]).count() }),
            ("union", "union", { _ = try await other.union([numbers]).count() }),
            ("union", "union", { _ = try await numbers.union(foreign).map { $0 }.take(1) }),
            ("intersection", "intersection", { _ = try await numbers.intersection(foreign).count() }),
            ("intersection", "intersection", { _ = try await pairs.intersection(foreignPairs).count() }),
            ("subtract", "subtract", { _ = try await numbers.subtract(foreign).count() }),
            ("subtract", "subtract", { _ = try await pairs.subtract(foreignPairs).count() }),
            ("subtractByKey", "subtractByKey", { _ = try await pairs.subtractByKey(foreignPairs).count() }),
            ("join", "join", { _ = try await pairs.join(foreignPairs).count() }),
            ("join", "join", { _ = try await pairs.partitionBy(.hash(2)).join(foreignPairs.partitionBy(.hash(2))).count() }),
            ("leftOuterJoin", "leftOuterJoin", { _ = try await pairs.leftOuterJoin(foreignPairs).count() }),
            ("rightOuterJoin", "rightOuterJoin", { _ = try await pairs.rightOuterJoin(foreignPairs).count() }),
            ("fullOuterJoin", "fullOuterJoin", { _ = try await pairs.fullOuterJoin(foreignPairs).count() }),
            ("cogroup", "cogroup", { _ = try await pairs.cogroup(foreignPairs).count() }),
            ("cogroup", "cogroup", { _ = try await pairs.cogroup(pairs, foreignPairs).count() }),
            ("cogroup", "cogroup", { _ = try await pairs.cogroup(pairs, pairs, foreignPairs).count() }),
            ("asOfJoin", "asOfJoin", { _ = try await pairs.asOfJoin(foreignPairs) { $0 } otherTime: { $0 }.count() }),
            ("cartesian", "cartesian", { _ = try await numbers.cartesian(foreign).count() }),
            ("zip", "zip", { _ = try await numbers.zip(foreign).count() }),
            ("zip", "zip", { _ = try await numbers.zip(odd).count() }),
            ("zipPartitions", "zipPartitions", { _ = try await numbers.zipPartitions(foreign) { a, _ in Array(a) }.count() }),
            ("zipPartitions", "zipPartitions", {
                _ = try await numbers.zipPartitions(numbers, foreign) { a, _, _ in Array(a) }.count()
            }),
            ("zipPartitions", "zipPartitions", {
                _ = try await numbers.zipPartitions(numbers, numbers, foreign) { a, _, _, _ in Array(a) }.count()
            }),
            ("runJob", "runJob", { _ = try await own.runJob(foreign) { _, _ in 0 } }),
            ("runJob", "runJob", { _ = try await own.runJob(foreign, partitions: []) { _, _ in 0 } }),
        ]
    }

    @Test func allAreRefusedByName() async throws {
        for (index, (name, operation, call)) in calls.enumerated() {
            let error = await failure { try await call() }
            let text = error.map { "\($0)" } ?? "no error"
            #expect(error is ArgumentError, "\(name) \(index): \(text)")
            #expect((error as? ArgumentError)?.operation == operation, "\(name) \(index)")
            for context in [own, other] { #expect(text.contains("the context \(context.applicationID)"), "\(name): \(text)") }
            #expect(text.contains("make both in one context, or collect() the other RDD and parallelize() it in this one"), "\(name)")
        }
    }

    @Test func theTextNamesBoth() async throws {
        let numbers = own.range(0, 10, line: 3)
        let error = await failure { try await numbers.union(other.range(0, 10, line: 4), line: 5).count() }
        #expect(
            error.map { "\($0)" } == """
                union at ForeignRDDTests.swift:5: range at ForeignRDDTests.swift:3 [\(numbers.id)] belongs to the context \
                \(own.applicationID), and range at ForeignRDDTests.swift:4 [1] belongs to the context \(other.applicationID). An RDD can only be \
                used in the context that made it: make both in one context, or collect() the other RDD and parallelize() it in this one
                """)
    }

    /// Each public function of the engine that takes an RDD is called above: a new one must be, too.
    @Test(.localOnly) func noOperatorIsForgotten() throws {
        // Runs on the RDD's own context and returns no RDD.
        let single: Set = ["range"]
        let called = Set(calls.map(\.name)).union(single)
        var found: Set<String> = []
        for declaration in try publicFunctions() where declaration.parameters.contains("RDD<") { found.insert(declaration.name) }
        #expect(found.isSuperset(of: ["union", "join", "zip", "runJob", "range"]), "the sources are read")
        #expect(found.subtracting(called) == [])
    }
}

/// The public functions of the target `Martlet`, from its sources.
func publicFunctions() throws -> [(name: String, parameters: String, generics: String)] {
    let sources = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/Martlet")
    let files = FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
    var functions: [(String, String, String)] = []
    for file in files where file.pathExtension == "swift" {
        let text = try String(contentsOf: file, encoding: .utf8)
        for match in text.matches(of: /public (?:static |mutating )*func ([A-Za-z]+)(<[^(]*>)?\s*\(/) {
            var depth = 1
            // Up to the bracket that closes the parameters.
            let parameters = text[match.range.upperBound...].prefix { character in
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                return depth > 0
            }
            let rest = text[parameters.endIndex...].prefix { $0 != "{" }
            functions.append((String(match.output.1), String(parameters), "\(match.output.2 ?? "")\(rest)"))
        }
    }
    return functions
}

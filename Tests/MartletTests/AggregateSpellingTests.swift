import Martlet
import Testing

/// Aggregations in both forms: a function returns the new result, or changes its argument.
@Suite struct AggregateSpellingTests {
    let context: MartletContext

    init() throws { context = try makeContext() }

    private var numbers: RDD<Int> { context.range(0, 100, partitions: 8) }
    private var pairs: RDD<(Int, Int)> { numbers.map { ($0 % 3, $0) } }

    @Test func oneResult() async throws {
        #expect(try await numbers.aggregate(0) { $0 + $1 } combine: { $0 + $1 } == 4950)
        #expect(try await numbers.aggregate(0, +, combine: +) == 4950)
        #expect(try await numbers.aggregate(into: 0) { $0 += $1 } combine: { $0 += $1 } == 4950)
        #expect(try await numbers.aggregate(into: 0) { $0 + $1 } combine: { $0 + $1 } == 4950)
        #expect(try await numbers.aggregate(into: 0) { $0 + $1 } combine: { $0 += $1 } == 4950)
        #expect(try await numbers.aggregate(into: 0) { $0 += $1 } combine: { $0 + $1 } == 4950)
        #expect(try await numbers.treeAggregate(0) { $0 + $1 } combine: { $0 + $1 } == 4950)
        #expect(try await numbers.treeAggregate(0, depth: 3, +, combine: +) == 4950)
        #expect(try await numbers.treeAggregate(into: 0) { $0 + $1 } combine: { $0 + $1 } == 4950)
        #expect(try await numbers.treeAggregate(into: 0, depth: 3) { $0 += $1 } combine: { $0 + $1 } == 4950)
        let (sum, count) = try await numbers.aggregate((0, 0)) { ($0.0 + $1, $0.1 + 1) } combine: { ($0.0 + $1.0, $0.1 + $1.1) }
        #expect(sum == 4950 && count == 100)
        let set = try await numbers.aggregate(into: Set<Int>()) { $0.insert($1 % 7) } combine: { $0.formUnion($1) }
        #expect(set.count == 7)
        let last = try await numbers.aggregate(into: [Int: Int]()) { $0.updateValue($1, forKey: $1 % 2) } combine: {
            $0.merge($1) { $1 }
        }
        #expect(last == [0: 98, 1: 99])
        let text = try await numbers.aggregate(into: "") { text, number in
            if number > 97 { text += "\(number)" }
        } combine: { $0 + $1 }
        #expect(text == "9899")
        let largest = try await numbers.aggregate(into: 0) { largest, number in
            let larger = Swift.max(largest, number)
            return larger
        } combine: { Swift.max($0, $1) }
        #expect(largest == 99)
    }

    @Test func byKey() async throws {
        let sums = [0: 1683, 1: 1617, 2: 1650]
        #expect(try await pairs.aggregateByKey(0) { $0 + $1 } combine: { $0 + $1 }.collectAsMap() == sums)
        #expect(try await pairs.aggregateByKey(into: 0) { $0 += $1 } combine: { $0 += $1 }.collectAsMap() == sums)
        #expect(try await pairs.aggregateByKey(into: 0) { $0 + $1 } combine: { $0 += $1 }.collectAsMap() == sums)
        #expect(try await pairs.foldByKey(0, +).collectAsMap() == sums)
        #expect(try await pairs.foldByKey(0) { $0 + $1 }.collectAsMap() == sums)
        #expect(try await pairs.foldByKey(into: 0) { $0 += $1 }.collectAsMap() == sums)
        #expect(try await pairs.foldByKey(into: 0) { $0 + $1 }.collectAsMap() == sums)
        #expect(try await pairs.combineByKey(create: { $0 }, mergeValue: +, mergeCombined: +).collectAsMap() == sums)
        #expect(
            try await pairs.combineByKey(into: { $0 }, mergeValue: { $0 += $1 }, mergeCombined: { $0 += $1 }).collectAsMap()
                == sums)
        #expect(
            try await pairs.combineByKey(into: { $0 }, mergeValue: { $0 + $1 }, mergeCombined: { $0 + $1 }).collectAsMap()
                == sums)
        let counts = [0: 34, 1: 33, 2: 33]
        let lists = pairs.combineByKey(create: { [$0] }, mergeValue: { $0 + [$1] }, mergeCombined: { $0 + $1 })
        #expect(try await lists.mapValues { $0.count }.collectAsMap() == counts)
        let inPlace = pairs.combineByKey(into: { [$0] }, mergeValue: { $0.append($1) }, mergeCombined: { $0 + $1 })
        #expect(try await inPlace.mapValues { $0.count }.collectAsMap() == counts)
        let sets = pairs.combineByKey(into: { Set([$0]) }, mergeValue: { $0.insert($1) }, mergeCombined: { $0.formUnion($1) })
        #expect(try await sets.mapValues { $0.count }.collectAsMap() == counts)
        let means = pairs.combineByKey { (sum: Double($0), n: 1) } mergeValue: { ($0.sum + Double($1), $0.n + 1) }
            mergeCombined: { ($0.sum + $1.sum, $0.n + $1.n) }
        #expect(try await means.mapValues { $0.n }.collectAsMap() == counts)
    }

    /// A result that would not be used is refused before the job runs.
    @Test func unusedResults() async throws {
        let refused: [@Sendable () async throws -> Void] = [
            { [numbers] in _ = try await numbers.aggregate(into: Int(0)) { Double($0) + Double($1) } combine: { $0 += $1 } },
            { [numbers] in _ = try await numbers.aggregate(into: Int(0)) { $0 += $1 } combine: { [$0, $1].max() } },
            { [numbers] in _ = try await numbers.treeAggregate(into: Int(0)) { "\($0 + $1)" } combine: { $0 += $1 } },
            { [pairs] in _ = try await pairs.aggregateByKey(into: Int(0)) { Double($0 + $1) } combine: { $0 += $1 }.count() },
            { [pairs] in _ = try await pairs.foldByKey(into: Int(0)) { Int32($0 + $1) }.count() },
            { [pairs] in
                _ = try await pairs.combineByKey(
                    into: { [$0] }, mergeValue: { $0.count + $1 }, mergeCombined: { $0 += $1 }).count()
            },
        ]
        for action in refused {
            let error = try #require(await #expect(throws: ArgumentError.self) { try await action() })
            #expect(error.problem.contains("which nothing would use"))
        }
    }
}

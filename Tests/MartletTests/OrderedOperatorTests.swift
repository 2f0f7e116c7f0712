import Martlet
import Testing
import TestSupport

/// Edges of the operators on ordered keys.
@Suite struct OrderedOperatorTests {
    let context: MartletContext

    init() throws { context = try makeContext() }

    private func shuffleCount<Element>(_ rdd: RDD<Element>) -> Int {
        rdd.lineage.reachable().reduce(0) { $0 + $1.shuffles.count }
    }

    @Test func rangePartitionersAreEqualWhereTheirBoundsAre() {
        let ranges = Partitioner<Int>.range(bounds: [20, 10, 20])
        #expect(ranges.partitionCount == 3 && ranges.identity.description == "range(3)")
        #expect(ranges.identity == Partitioner<Int>.range(bounds: [10, 20]).identity)
        #expect(ranges.identity.hashValue == Partitioner<Int>.range(bounds: [10, 20]).identity.hashValue)
        #expect(ranges.identity != Partitioner<Int>.range(bounds: [10, 20], ascending: false).identity)
        #expect(ranges.identity != Partitioner<Int>.range(bounds: [10, 21]).identity)
        #expect(ranges.identity != Partitioner<Int8>.range(bounds: [10, 20]).identity)
        #expect(Partitioner<Int>.range(bounds: []).partitionCount == 1)
    }

    @Test func rangesOfASample() async throws {
        let rows = context.range(0, 10_000, partitions: 7).map { ($0 * 7919 % 10_000, $0) }
        for ascending in [true, false] {
            let ranges = try await Partitioner.range(8, of: rows, ascending: ascending)
            let again = try await Partitioner.range(8, of: rows, ascending: ascending)
            #expect(ranges.identity == again.identity && ranges.partitionCount == 8)
            let parts = try await rows.partitionBy(ranges).keys().collectPartitions()
            #expect(parts.allSatisfy { (600...2400).contains($0.count) }, "\(parts.map(\.count))")
            for (part, next) in zip(parts, parts.dropFirst()) {
                #expect(ascending ? part.max()! < next.min()! : part.min()! > next.max()!)
            }
        }
        let few = context.range(0, 1000, partitions: 4).map { ($0 % 3, $0) }
        #expect(try await Partitioner.range(10, of: few).partitionCount == 3)
        #expect(try await Partitioner.range(10, of: few.filter { $0.0 == 1 }).partitionCount == 1)
        #expect(try await Partitioner.range(10, of: few.filter { _ in false }).partitionCount == 1)
        #expect(try await Partitioner.range(10, of: context.emptyRDD(of: (Int, Int).self)).partitionCount == 1)
        #expect(try await Partitioner.range(1, of: few).partitionCount == 1)
        let error = await failure { try await Partitioner.range(0, of: few) }
        #expect(error is ArgumentError)
    }

    /// One partition has nearly all rows: a sample without weights would cut the small ones.
    @Test func rangesOfUnevenPartitions() async throws {
        let rows = context.range(0, 10, partitions: 10).flatMap { part in
            (0..<(part == 0 ? 50_000 : 10)).lazy.map { (part * 100_000 + $0, part) }
        }
        let ranges = try await Partitioner.range(5, of: rows)
        let sizes = try await rows.partitionBy(ranges).keys().collectPartitions().map(\.count)
        #expect(sizes.allSatisfy { (5_000...17_000).contains($0) }, "\(sizes)")
    }

    @Test func repartitionAndSort() async throws {
        let rows = context.range(0, 1000, partitions: 4).map { ($0 * 7919 % 1000 / 2, $0) }
        let placed = rows.partitionBy(.hash(3))
        let sorted = placed.repartitionAndSortWithinPartitions(.hash(3))
        #expect(shuffleCount(sorted) == 1 && sorted.partitioner == placed.partitioner)
        for parts in [
            try await sorted.keys().collectPartitions(),
            try await rows.repartitionAndSortWithinPartitions(.hash(3)).keys().collectPartitions(),
        ] {
            #expect(parts.count == 3 && parts.allSatisfy { $0 == $0.sorted() })
            #expect(parts.joined().sorted() == (0..<1000).map { $0 / 2 })
        }
        let down = try await rows.repartitionAndSortWithinPartitions(.hash(3), ascending: false).keys()
            .collectPartitions()
        #expect(down.allSatisfy { $0 == $0.sorted(by: >) })
        #expect(try await context.emptyRDD(of: (Int, Int).self).repartitionAndSortWithinPartitions(.hash(3)).count() == 0)
        let error = await failure { try await rows.repartitionAndSortWithinPartitions(.hash(0)).count() }
        #expect(error is ArgumentError)
    }

    @Test func equalKeysKeepTheirOrder() async throws {
        let rows = context.range(0, 1000, partitions: 4).map { ($0 % 10, $0) }
        let sorted = try await rows.repartitionAndSortWithinPartitions(.hash(2)).collect()
        for key in 0..<10 {
            #expect(sorted.filter { $0.0 == key }.map(\.1) == Array(stride(from: key, to: 1000, by: 10)))
        }
    }

    @Test func rangesOfKeysArePruned() async throws {
        let opened = CallCounter()
        let rows = context.range(0, 100, partitions: 4).map { ($0, $0) }
        func counted(_ rdd: RDD<(Int, Int)>) -> RDD<(Int, Int)> {
            rdd.mapPartitions(preservesPartitioning: true) { rows in
                opened.add()
                return rows
            }
        }
        for ascending in [true, false] {
            let placed = counted(rows.partitionBy(.range(bounds: [9, 29, 49, 69], ascending: ascending)))
            let before = opened.count
            let some = placed.filterByRange(30...35)
            #expect(some.partitionCount == 1)
            #expect(try await some.keys().collect().sorted() == Array(30...35))
            #expect(opened.count - before == 1)
            #expect(try await placed.filterByRange(29...30).keys().collect().sorted() == [29, 30])
            #expect(try await placed.filterByRange(200...300).count() == 0)
            #expect(try await placed.filterByRange(-5 ... -1).count() == 0)
            #expect(try await placed.filterByRange(-5...500).count() == 100)
        }
    }

    @Test func rangesOfSortedKeys() async throws {
        let rows = context.range(0, 5000, partitions: 4).map { ($0 * 7919 % 5000 / 5, $0) }
        for ascending in [true, false] {
            let sorted = rows.sortByKey(ascending: ascending, partitions: 6)
            let some = try await sorted.filterByRange(100...102).keys().collect()
            let expected = (100...102).flatMap { Array(repeating: $0, count: 5) }
            #expect(some == (ascending ? expected : expected.reversed()))
            #expect(try await sorted.filterByRange(-1...5000).count() == 5000)
            #expect(try await sorted.filterByRange(5000...6000).count() == 0)
            #expect(try await sorted.cache().filterByRange(100...102).count() == 15)
        }
        // Sorted by something else, so the keys have to be compared.
        #expect(try await rows.sortBy { -$0.1 }.filterByRange(100...102).count() == 15)
        #expect(try await rows.filterByRange(100...102).count() == 15)
        #expect(try await context.emptyRDD(of: (Int, Int).self).sortByKey().filterByRange(1...2).count() == 0)
        let words = context.parallelize(["b", "a", "caf\u{E9}", "c"], partitions: 2).map { ($0, 1) }
        #expect(try await words.sortByKey().filterByRange("b"..."d").keys().collect() == ["b", "c", "caf\u{E9}"])
    }

    @Test func asOfJoinsFindTheLastRowBefore() async throws {
        let left = context.parallelize([(1, 5.0), (1, 1), (1, .nan), (2, 3), (1, .infinity)], partitions: 3)
        let right = context.parallelize(
            [(1, (2.0, "two")), (1, (5, "five")), (1, (5, "five again")), (1, (.nan, "never")), (3, (1, "other"))],
            partitions: 2)
        func matches(_ tolerance: Double?, _ exact: Bool = true) async throws -> [String] {
            try await left.asOfJoin(right, tolerance: tolerance, allowsExactMatches: exact) { $0 } otherTime: { $0.0 }
                .collect().map { "\($0.0) \($0.1.0) \($0.1.1?.1 ?? "-")" }.sorted()
        }
        #expect(try await matches(nil) == ["1 1.0 -", "1 5.0 five again", "1 inf five again", "1 nan -", "2 3.0 -"])
        #expect(try await matches(10) == ["1 1.0 -", "1 5.0 five again", "1 inf -", "1 nan -", "2 3.0 -"])
        #expect(try await matches(0) == ["1 1.0 -", "1 5.0 five again", "1 inf -", "1 nan -", "2 3.0 -"])
        #expect(try await matches(nil, false) == ["1 1.0 -", "1 5.0 two", "1 inf five again", "1 nan -", "2 3.0 -"])
        #expect(try await matches(2, false) == ["1 1.0 -", "1 5.0 -", "1 inf -", "1 nan -", "2 3.0 -"])
        for tolerance in [-1, .nan] {
            let error = await failure { try await matches(tolerance) }
            #expect(error is ArgumentError, "\(tolerance)")
        }
        let empty = context.emptyRDD(of: (Int, (Double, String)).self)
        #expect(try await left.asOfJoin(empty) { $0 } otherTime: { $0.0 }.count() == 5)
        #expect(try await empty.asOfJoin(left) { $0.0 } otherTime: { $0 }.count() == 0)
        let error = await failure {
            try await left.asOfJoin(right) { _ in throw Refusal(value: 1) } otherTime: { $0.0 }.count()
        }
        #expect("\(error!)".contains("asOfJoin at"))
        let other = await failure {
            try await left.asOfJoin(right) { $0 } otherTime: { _ in throw Refusal(value: 1) }.count()
        }
        #expect("\(other!)".contains("asOfJoin at"))
    }
}

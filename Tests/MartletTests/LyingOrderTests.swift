import Foundation
import Martlet
import TestSupport
import Testing

/// Sorts are permutations, whatever `<` returns (R1); and keys that contain NaN have a place.
@Suite struct LyingOrderTests {
    /// How `<` lies.
    enum Lie: Int, CaseIterable, Codable {
        /// Nothing, or everything, is less than everything.
        case never, always
        /// Any two keys are in any order.
        case random
        /// Some pairs are reversed.
        case sometimes
        /// Three keys in a circle.
        case circle
        /// As NaN, but equal to itself.
        case unordered

        func isLess(_ left: Int, _ right: Int) -> Bool {
            switch self {
            case .never: false
            case .always: true
            case .random: mix(left &* 31 &+ right) & 1 == 0
            case .sometimes: (left < right) != (mix(left ^ right) % 5 == 0)
            case .circle: (right - left + 3) % 3 == 1
            case .unordered: left % 20 != 0 && right % 20 != 0 && left < right
            }
        }

        private func mix(_ value: Int) -> UInt64 {
            var generator = SeededGenerator(seed: value)
            return generator.next()
        }
    }

    struct Liar: Hashable, Comparable, Codable {
        let lie: Lie
        let value: Int
        static func < (left: Liar, right: Liar) -> Bool { left.lie.isLess(left.value, right.value) }
    }

    /// The same with a constant prefix, or a prefix that lies as well.
    struct PrefixedLiar: Hashable, SortPrefixed, Codable {
        let liar: Liar
        var sortPrefix: UInt64 { UInt64(truncatingIfNeeded: liar.value &* 0x9E37) % 4 }
        static func < (left: PrefixedLiar, right: PrefixedLiar) -> Bool { left.liar < right.liar }
    }

    static let settings: [[String]] = [
        [], ["martlet.shuffle.spill.numElementsForceSpillThreshold=7"],
        ["martlet.shuffle.spill.numElementsForceSpillThreshold=100", "martlet.batch.bytes=4k"],
        ["martlet.executor.memory=64k"],
    ]

    @Test(arguments: Lie.allCases, settings.share())
    func everyRowIsThereOnce(_ lie: Lie, _ settings: [String]) async throws {
        let context = try makeContext("local[2]", settings)
        for (count, from, to) in [(0, 2, 3), (1, 1, 5), (3, 4, 4), (600, 5, 1), (1000, 3, 8), (900, 7, 40)] {
            let rdd = context.range(0, count, partitions: from)
            for ascending in [true, false] {
                let message: Comment = "\(lie), \(count) rows, \(from) to \(to), ascending: \(ascending)"
                let sorted = rdd.sortBy(ascending: ascending, partitions: to) { Liar(lie: lie, value: $0 * 37 % 101) }
                #expect(try await sorted.collect().sorted() == Array(0..<count), message)
                let byKey = rdd.map { (PrefixedLiar(liar: Liar(lie: lie, value: $0 * 53 % 97)), $0) }
                    .sortByKey(ascending: ascending, partitions: to)
                #expect(try await byKey.values().collect().sorted() == Array(0..<count), message)
                #expect(try await byKey.count() == count, message)
            }
            let within = rdd.map { (Liar(lie: lie, value: $0 % 60), $0) }.repartitionAndSortWithinPartitions(.hash(to))
            #expect(try await within.values().collect().sorted() == Array(0..<count))
        }
    }

    struct Reading: Comparable, Codable {
        let value: Double
        let time: Int
        static func < (left: Reading, right: Reading) -> Bool {
            left.value != right.value ? left.value < right.value : left.time < right.time
        }
    }

    struct Table: Comparable, Codable {
        let values: [[Double]]
        static func < (left: Table, right: Table) -> Bool {
            left.values.lexicographicallyPrecedes(right.values) { $0.lexicographicallyPrecedes($1) }
        }
    }

    /// Its numbers do not affect its order.
    struct Labelled: Comparable, Codable {
        let name: Int
        let weights: [Double]
        static func == (left: Labelled, right: Labelled) -> Bool { left.name == right.name }
        static func < (left: Labelled, right: Labelled) -> Bool { left.name < right.name }
    }

    struct Series: Comparable, Codable {
        let values: [Double]
        static func < (left: Series, right: Series) -> Bool { left.values.lexicographicallyPrecedes(right.values) }
    }

    /// Every 20th number is NaN.
    private static func number(_ index: Int) -> Double { index % 20 == 0 ? .nan : Double(index * 7919 % 1009) }

    private func check<Key: Comparable & Sendable>(
        _ name: String, _ context: MartletContext, _ count: Int = 1000, isNaN: @escaping (Key) -> Bool, _ key: @escaping @Sendable (Int) -> Key
    ) async throws {
        let message: Comment = "\(name)"
        let rdd = context.range(0, count, partitions: 5)
        let sorted = try await rdd.sortBy(partitions: 4) { key($0) }.collect()
        let isPermutation = sorted.sorted() == Array(0..<count)
        #expect(isPermutation, message)
        let keys = sorted.map(key)
        let firstNaN = keys.firstIndex(where: isNaN) ?? count
        let isLast = keys[firstNaN...].allSatisfy(isNaN)
        #expect(isLast, message)
        let isOrdered = zip(keys[..<firstNaN], keys[..<firstNaN].dropFirst()).allSatisfy { !($1 < $0) }
        #expect(isOrdered, message)
        // Equal keys keep their order, and NaN is equal to NaN here.
        let isStable = Array(sorted[firstNaN...]) == sorted[firstNaN...].sorted()
        #expect(isStable, message)
        let down = try await rdd.sortBy(ascending: false, partitions: 3) { key($0) }.collect().map(key)
        let isMirrored = down.prefix(count - firstNaN).allSatisfy(isNaN) && !down.dropFirst(count - firstNaN).contains(where: isNaN)
        #expect(isMirrored, message)
    }

    @Test func nanComesLast() async throws {
        let context = try makeContext("local[2]", "martlet.batch.bytes=4k")
        try await check("Double", context, isNaN: { $0.isNaN }) { Self.number($0) }
        try await check("Float", context, isNaN: { $0.isNaN }) { Float(Self.number($0)) }
        try await check("Date", context, isNaN: { $0.timeIntervalSince1970.isNaN }) { Date(timeIntervalSince1970: Self.number($0)) }
        try await check("a struct", context, isNaN: { $0.value.isNaN }) { Reading(value: Self.number($0), time: -$0 % 5) }
        try await check("arrays of arrays", context, isNaN: { $0.values.contains { $0.contains { $0.isNaN } } }) {
            Table(values: [[1], [Self.number($0), 2]])
        }
        try await check("arrays", context, isNaN: { $0.values.contains { $0.isNaN } }) { Series(values: [1, Self.number($0), 2]) }
        try await check("Pair", context, isNaN: { $0.first.isNaN }) { Pair(Self.number($0), 0) }
        try await check("Pair of Pairs", context, isNaN: { $0.first.second.isNaN }) { Pair(Pair("a", Self.number($0)), 1) }
    }

    /// A NaN that `==` ignores does not affect the order.
    @Test func nanThatDoesNotCount() async throws {
        let context = try makeContext("local[2]")
        let sorted = try await context.range(0, 500, partitions: 5)
            .sortBy(partitions: 3) { Labelled(name: $0 * 7919 % 503, weights: [.nan]) }.map { $0 * 7919 % 503 }.collect()
        #expect(sorted == (0..<500).map { $0 * 7919 % 503 }.sorted())
    }

    /// `Pair` is ordered part by part.
    @Test func pairs() async throws {
        let context = try makeContext("local[2]")
        let pairs = [Pair(2.0, .nan), Pair(.nan, 0), Pair(1, .nan), Pair(1, 5), Pair(.nan, .nan), Pair(2, -1), Pair(0, 9)]
        let sorted = ["0.0 9.0", "1.0 5.0", "1.0 nan", "2.0 -1.0", "2.0 nan", "nan 0.0", "nan nan"]
        for partitions in 1...7 {
            let rdd = context.parallelize(pairs, partitions: partitions)
            #expect(try await rdd.sortBy { $0 }.collect().map { "\($0.first) \($0.second)" } == sorted)
            #expect(try await rdd.sortBy(ascending: false) { $0 }.collect().map { "\($0.first) \($0.second)" } == sorted.reversed())
        }
        #expect(try await context.parallelize([Pair(.nan, 0), Pair(4.0, 1), Pair(2.0, 2)], partitions: 4).sortBy { $0 }.count() == 3)
    }

    /// The results of `max`, `min`, `top` and `takeOrdered` do not depend on the positions of rows, and agree with a sort.
    @Test func extremesFollowTheSameOrder() async throws {
        let context = try makeContext("local[2]")
        let values: [Double] = [3, .nan, -1, 7, .nan, -.infinity, 0]
        func text(_ values: [Double]) -> String { "\(values)" }
        for rotation in values.indices {
            let rotated = Array(values[rotation...] + values[..<rotation])
            for partitions in 1...8 {
                let rdd = context.parallelize(rotated, partitions: partitions)
                let sorted = try await rdd.sortBy { $0 }.collect()
                #expect(text(try await rdd.takeOrdered(5)) == text(Array(sorted.prefix(5))))
                #expect(text(try await rdd.top(4)) == text(sorted.suffix(4).reversed()))
                #expect(try await rdd.max().isNaN)
                #expect(try await rdd.min() == -.infinity)
                #expect(text(try await rdd.takeOrdered(100)) == text(sorted))
            }
        }
        #expect(try await context.parallelize([Double.nan, .nan], partitions: 2).min().isNaN)
        let pairs = context.parallelize([Pair(Double.nan, 1), Pair(2, .nan), Pair(2, 3)], partitions: 3)
        #expect(try await pairs.min() == Pair(2, 3))
        #expect(try await pairs.max().first.isNaN)
    }

    @Test func rangesFollowTheSameOrder() async throws {
        let context = try makeContext("local[2]")
        let rows = context.range(0, 200, partitions: 4).map { (Self.number($0), $0) }
        let known = Partitioner<Double>.range(bounds: [500, .nan, 100, 500, .nan])
        #expect(known.partitionCount == 4)
        let placed = try await rows.partitionBy(known).keys().collectPartitions()
        #expect(placed[0].allSatisfy { $0 <= 100 } && placed[1].allSatisfy { $0 > 100 && $0 <= 500 })
        #expect(placed[2].allSatisfy { $0 > 500 || $0.isNaN } && placed[3].isEmpty)
        let down = try await rows.partitionBy(.range(bounds: [500], ascending: false)).keys().collectPartitions()
        #expect(down[0].allSatisfy { $0 >= 500 || $0.isNaN } && down[1].allSatisfy { $0 < 500 })
        let sampled = try await Partitioner.range(6, of: rows)
        let parts = try await rows.partitionBy(sampled).keys().collectPartitions()
        #expect(parts.joined().count == 200 && parts.dropLast().allSatisfy { !$0.contains { $0.isNaN } })
        for ascending in [true, false] {
            let inRange = rows.sortByKey(ascending: ascending).filterByRange(100...500).keys()
            #expect(try await inRange.collect().sorted() == (0..<200).map(Self.number).filter { (100...500).contains($0) }.sorted())
        }
    }
}

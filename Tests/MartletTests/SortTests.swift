import Martlet
import Testing

@Suite struct SortTests {
    let context: MartletContext

    init() throws { context = try makeContext("local[2]", "martlet.batch.bytes=4k") }

    @Test(arguments: [1, 3, 8], [1, 2, 7])
    func stableInBothDirections(_ from: Int, _ to: Int) async throws {
        var generator = SeededGenerator(seed: UInt64(from * 10 + to))
        let elements = (0..<3000).map { Pair(Int.random(in: 0..<20, using: &generator), $0) }
        let rdd = context.parallelize(elements, partitions: from)
        let up = try await rdd.sortBy(partitions: to) { $0.first }.collect()
        #expect(up == elements.sorted())
        let down = try await rdd.sortBy(ascending: false, partitions: to) { $0.first }.collect()
        #expect(down == elements.sorted { $0.first != $1.first ? $0.first > $1.first : $0.second < $1.second })
    }

    @Test func equalKeysAreInOnePartitionAndPartitionsAreOrdered() async throws {
        let rdd = context.range(0, 4000, partitions: 5).map { ($0 &* 7919) % 13 }
        for ascending in [true, false] {
            let partitions = try await rdd.sortBy(ascending: ascending, partitions: 6) { $0 }.collectPartitions()
            #expect(partitions.count == 6)
            let filled = partitions.filter { !$0.isEmpty }
            #expect(filled.count > 1)
            for (left, right) in zip(filled, filled.dropFirst()) {
                let (last, next) = (left[left.count - 1], right[0])
                #expect(ascending ? last < next : last > next)
            }
        }
    }

    @Test func largeInputsAreCutEvenly() async throws {
        let partitions = try await context.range(0, 40_000, partitions: 4).map { ($0 &* 7919) % 40_009 }
            .sortBy(partitions: 8) { $0 }.collectPartitions()
        #expect(partitions.allSatisfy { (4000...6000).contains($0.count) }, "\(partitions.map(\.count))")
    }

    @Test func ordersThatAreThereAlready() async throws {
        let rdd = context.range(0, 5000, partitions: 4)
        #expect(try await rdd.sortBy { $0 }.collect() == Array(0..<5000))
        #expect(try await rdd.sortBy(ascending: false) { -$0 }.collect() == Array(0..<5000))
        #expect(try await rdd.sortBy { _ in 0 }.collect() == Array(0..<5000))
        #expect(try await rdd.sortBy { _ in "the same long text" }.collect() == Array(0..<5000))
        #expect(try await rdd.sortBy { _ in 0 }.collectPartitions().filter { !$0.isEmpty }.count == 1)
        #expect(try await rdd.sortBy { $0 }.sortBy(ascending: false) { $0 }.collect() == (0..<5000).reversed())
    }

    /// -0.0 and 0.0 are equal, and every NaN comes after infinity; descending is the mirror image.
    @Test(arguments: [1, 4])
    func floatingPoint(_ partitions: Int) async throws {
        let values = [3.5, -.infinity, -.nan, 0.0, .leastNonzeroMagnitude, .nan, -0.0, .infinity, -2, .greatestFiniteMagnitude, -.leastNonzeroMagnitude]
        let sorted: [Double] = [
            -.infinity, -2, -.leastNonzeroMagnitude, 0, 0, .leastNonzeroMagnitude, 3.5, .greatestFiniteMagnitude, .infinity, .nan, .nan,
        ]
        func bits(_ values: [Double]) -> [UInt64] { values.map { $0.isNaN ? 0 : ($0 + 0).bitPattern } }
        let rdd = context.parallelize(values, partitions: partitions)
        let up = try await rdd.sortBy { $0 }.collect()
        #expect(bits(up) == bits(sorted), "\(up)")
        #expect(up[3].sign == .plus && up[4].sign == .minus, "equal keys keep their order")
        let down = try await rdd.sortBy(ascending: false) { $0 }.collect()
        #expect(bits(down) == bits(sorted.reversed()), "\(down)")
    }

    @Test(arguments: 1...8)
    func strings(_ seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let scalars: [Unicode.Scalar] = [
            "a", "b", "z", "A", " ", "\u{0}", "e", "\u{301}", "\u{E9}", "\u{327}", "\u{323}", "K", "\u{212A}", "\u{C5}", "\u{212B}",
            "\u{1100}", "\u{1161}", "\u{AC00}", "\u{1F426}", "\u{FFFD}", "\u{D7FF}", "\u{E000}", "\u{FB01}", "~", "\u{7F}", "\u{80}",
        ]
        let strings = (0..<600).map { _ in
            var text = String.UnicodeScalarView()
            for _ in 0..<Int.random(in: 0...14, using: &generator) { text.append(scalars.randomElement(using: &generator) ?? "a") }
            return String(text)
        }
        let normal = strings.map { text in
            var view = String.UnicodeScalarView()
            view.append(contentsOf: Spelling(text).scalars)
            return String(view)
        }
        let rdd = context.parallelize(normal, partitions: 3)
        #expect(try await rdd.sortBy { $0 }.collect() == normal.sorted())
        #expect(try await rdd.sortBy(ascending: false, partitions: 5) { $0 }.collect() == normal.sorted(by: >))
        let mixed = try await context.parallelize(strings, partitions: 3).sortBy(partitions: 4) { $0 }.collect()
        #expect(MartletTests.difference(mixed, strings, isOrdered: false) == nil, "nothing is lost")
    }

    struct Version: SortPrefixed, Sendable {
        let major: UInt8
        let minor: Int
        var sortPrefix: UInt64 { UInt64(major) << 56 }
        static func < (left: Version, right: Version) -> Bool {
            left.major != right.major ? left.major < right.major : left.minor < right.minor
        }
    }

    struct Plain: Comparable, Sendable {
        let name: String
        static func < (left: Plain, right: Plain) -> Bool { left.name < right.name }
    }

    @Test func keysOfTheUsersOwn() async throws {
        var generator = SeededGenerator(seed: 5)
        let versions = (0..<2000).map { _ in
            Version(major: .random(in: 0...9, using: &generator), minor: .random(in: -50...50, using: &generator))
        }
        let rdd = context.parallelize(versions, partitions: 4)
        #expect(try await rdd.sortBy { $0 }.collect() == versions.sorted())
        #expect(try await rdd.sortBy(ascending: false) { $0 }.collect() == versions.sorted(by: >))
        let names = (0..<2000).map { _ in Plain(name: "\(Int.random(in: 0...300, using: &generator))") }
        let plain = context.parallelize(names, partitions: 4)
        #expect(try await plain.sortBy { $0 }.collect() == names.sorted())
        #expect(try await plain.sortBy(ascending: false, partitions: 2) { $0 }.collect() == names.sorted(by: >))
    }

    /// A sort by a key whose `<` is no order, such as a floating-point type unknown to the engine, loses no rows.
    @Test func brokenOrdersLoseNothing() async throws {
        let values = (0..<3000).map { (index: Int) -> Float in index % 7 == 0 ? .nan : Float((index &* 7919) % 1000) }
        let sorted: [Float] = try await context.parallelize(values, partitions: 4).sortBy(partitions: 5) { $0 }.collect()
        #expect(sorted.count == 3000)
        func numbers(_ values: [Float]) -> [Float] { values.filter { !$0.isNaN }.sorted() }
        #expect(numbers(sorted) == numbers(values))
    }

    @Test func integersOfEveryKind() async throws {
        var generator = SeededGenerator(seed: 6)
        func check<Key: FixedWidthInteger & Sendable>(_: Key.Type) async throws {
            let keys = [.min, .max, 0, 1] + (0..<1500).map { _ in Key.random(in: .min ... .max, using: &generator) }
            #expect(try await context.parallelize(keys, partitions: 3).sortBy { $0 }.collect() == keys.sorted(), "\(Key.self)")
            #expect(
                try await context.parallelize(keys, partitions: 3).sortBy(ascending: false) { $0 }.collect()
                    == keys.sorted(by: >), "\(Key.self)")
        }
        try await check(Int.self)
        try await check(Int64.self)
        try await check(Int32.self)
        try await check(Int16.self)
        try await check(Int8.self)
        try await check(UInt.self)
        try await check(UInt64.self)
        try await check(UInt32.self)
        try await check(UInt16.self)
        try await check(UInt8.self)
    }
}

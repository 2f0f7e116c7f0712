import CMallocStatistics
import Foundation
import MartletPortable
import MartletStatistics
import Testing

/// Estimates of the memory that values hold outside of themselves.
@Suite struct HeapTests {
    private static func heapBytes<Value>(_ values: [Value]) throws -> Int {
        let coder = try ValueCoder.of(Value.self)
        return values.withUnsafeBytes { coder.heapBytes($0.baseAddress!, count: values.count) }
    }

    private func heapBytes<Value>(_ values: [Value]) throws -> Int { try Self.heapBytes(values) }

    private static func long(_ count: Int) -> String { String(repeating: "x", count: count) }

    @Test func flatTypesHoldNothing() throws {
        let types: [Any.Type] = [
            Int.self, Bool.self, Void.self, Never.self, Plain.self, Nothing.self, Gaps.self, Unicode.Scalar.self, Int??.self,
            (Int, (Bool?, Plain)).self, Range<Int>.self, SIMD4<Float>.self, Payload<Int>.self, Duration.self,
        ]
        for type in types { #expect(try ValueCoder.of(type).isFlat, "\(type)") }
        #expect(try heapBytes([(1, true)]) == 0)
        let others: [Any.Type] = [
            String.self, Substring.self, [Int].self, Set<Int>.self, [Int: Int].self, Character.self, Friend.self, Friend?.self,
            (Int, String).self, Multi.self, Tree.self, ClosedRange<String>.self, Branch.self,
        ]
        for type in others { #expect(try !ValueCoder.of(type).isFlat, "\(type)") }
    }

    @Test func whatIsEmptyOrSmallHoldsNothing() throws {
        #expect(try heapBytes(["", "fifteen letters", "日本"]) == 0)
        #expect(try heapBytes(["text that is part of the binary, not of the heap"]) == 0)
        #expect(try heapBytes([[], []] as [[String]]) == 0)
        #expect(try heapBytes([[]] as [ContiguousArray<Int>]) == 0)
        #expect(try heapBytes([[Int]()[...]]) == 0)
        #expect(try heapBytes([[]] as [Set<String>]) == 0)
        #expect(try heapBytes([[:]] as [[String: Int]]) == 0)
        #expect(try heapBytes([nil, nil] as [String?]) == 0)
        #expect(try heapBytes([nil] as [Friend?]) == 0)
        #expect(try heapBytes([.empty, .number(1), .flag(true), .text("a")] as [Multi]) == 0)
        #expect(try heapBytes([Chain.end]) == 0)
        #expect(try heapBytes(["abc".dropFirst(1)]) == 0)
        #expect(try heapBytes([Character("a"), "é"]) == 0)
        #expect(try ValueCoder.of(String.self).heapBytes([0], count: 0) == 0)
    }

    @Test func estimatesAreWorded() throws {
        #expect(try heapBytes([Self.long(16)]) == 64)
        #expect(try heapBytes([(Self.long(100), 1), ("a", 2), (Self.long(100), 3)]) == 288)
        // `malloc` may return sixteen bytes more than requested, which an array then uses.
        #expect(try [64, 80].contains(heapBytes([[1, 2, 3].map { $0 + 0 }])))
        #expect(try heapBytes([nil, Self.long(100), "a", Self.long(100), nil]) == 288)
        #expect(try heapBytes([Multi.both(1, label: Self.long(100)), .text(Self.long(100)), .empty]) == 288)
        #expect(try heapBytes([Chain.link(1, .link(2, .end))]) == 96)
        #expect(try heapBytes(["a"..."x" + Self.long(99)]) == 144)
        #expect(try heapBytes([Friend(1), Friend(2)]) == 128)
        #expect(try [144 + 64, 144 + 80].contains(heapBytes([[Self.long(100)]])))
        // Parts of shared memory.
        let text = Self.long(1000)
        #expect(try heapBytes([text.prefix(10), text.suffix(20)]) == 30)
        #expect(try heapBytes([Array(0..<1000)[10..<20]]) == 128)
    }

    /// A collection counts the sum of its elements, whether all or only some of them are visited.
    @Test func samplesStandForTheRest() throws {
        let short = [String](repeating: "a", count: 5_000_000)
        let long = [String](repeating: Self.long(100), count: 5_000_000)
        let array = 16 * 10_000_000
        let exact = Double(array + 144 * 5_000_000)
        #expect((0.9...1.1).contains(Double(try heapBytes([short + long])) / exact))
        // Elements that are not visited count nothing: ten million strings are too many to visit.
        var one = short + short
        one[1] = Self.long(1_000_000)
        #expect(abs(try heapBytes([one]) - array) < 1_000_000)
        // Every other one.
        let mixed = (0..<10_000).map { $0 & 1 == 0 ? "a" : Self.long(100) }
        #expect((0.8...1.2).contains(Double(try heapBytes([mixed])) / Double(160_000 + 144 * 5_000)))
        for count in [31, 32, 33, 63, 64, 65, 100] {
            let all = try heapBytes([(0..<count).map { _ in Self.long(100) }])
            let expected = (16 * count + 32 + 23) & ~15 + 144 * count
            #expect((0.95...1.3).contains(Double(all) / Double(expected)), "\(count)")
        }
    }

    /// Collections whose elements represent others: with any period in them, and with the same elements in the same places
    /// of all rows.
    @Test(arguments: [2, 3, 4, 5, 7, 8, 9, 16, 17, 31, 32, 33, 64, 100])
    func nothingInCollectionsIsSeenOnlyInPart(_ period: Int) throws {
        for phase in Set([0, 1, period - 1]) {
            func texts(_ count: Int) -> [String] { (0..<count).map { $0 % period == phase ? Self.long(1000) : "a" } }
            let name = "one text of \(period), the \(phase)th"
            try near("an array, \(name)", [texts(40_000)], looks: 40_000 / 16, period)
            try near("arrays, \(name)", (0..<2000).map { _ in texts(3 * period + 40) }, looks: 64_000, period)
            // Arrays in an array.
            let inner = texts(period + 3)
            let outer = [[String]](repeating: inner, count: 3000)
            let found = Double(try heapBytes([outer]))
            let whole = 3000 * Double(try heapBytes([inner.map { $0 }])) + Double(24 * 3000 + 32)
            let allowed = Double(period) * (11.0 / 187).squareRoot()
            #expect(abs(found / whole - 1) <= allowed, "arrays in an array, \(name): \(found) of \(whole)")
            // Dictionaries with the same keys.
            let fields = Dictionary(uniqueKeysWithValues: texts(3 * period + 40).enumerated().map { ($0, $1) })
            let copies = (0..<2000).map { _ in fields }
            let seen = try sum(copies) / 2000
            let exact = try sum([fields.mapValues { _ in "a" }]) + sum(Array(fields.values))
            #expect(abs(Double(seen) / Double(exact) - 1) < 0.2, "dictionaries, \(name): \(seen) of \(exact)")
        }
    }

    private func sum<Value>(_ values: [Value]) throws -> Int {
        let coder = try ValueCoder.of(Value.self)
        return values.withUnsafeBytes { bytes in
            values.indices.reduce(0) {
                $0 + coder.heapBytes(bytes.baseAddress! + $1 * MemoryLayout<Value>.stride, count: 1, seed: UInt64($1))
            }
        }
    }

    /// - Parameter looks: the minimum number of visited elements.
    private func near(_ name: String, _ values: [[String]], looks: Int, _ period: Int) throws {
        let exact = try values.reduce(0) { try $0 + sum([$1.map { _ in "a" }]) + sum($1) }
        let allowed = Double(period) * (11 / Double(looks)).squareRoot()
        let found = try sum(values)
        #expect(abs(Double(found) / Double(exact) - 1) <= allowed, "\(name): \(found) of \(exact)")
    }

    /// Types that only report their number of elements: `Data`, for example.
    @Test func bytesThatEncodeThemselves() throws {
        #expect(try heapBytes([Data(repeating: 1, count: 100_000)]) == 64 + 100_000)
        #expect(try heapBytes([Data(), Data(repeating: 1, count: 1000)]) == 128 + 1000)
    }

    @Test func sharedCollectionsOfCollectionsDoNotOverflow() throws {
        let first = Array(repeating: Self.long(1 << 20), count: 1 << 20)
        let second = Array(repeating: first, count: 1 << 20)
        let third = Array(repeating: second, count: 1 << 20)
        #expect(try heapBytes([Array(repeating: third, count: 1 << 20)]) == 1 << 62)
    }

    @Test func nestingBeyondTheLimitCountsNothing() throws {
        #expect(try heapBytes([chain(499)]) == 499 * 48)
        #expect((499 * 48...502 * 48).contains(try heapBytes([chain(10_000)])))
        let deep = (0..<2000).reduce(Branch(name: 0, branches: [])) { Branch(name: $1, branches: [$0]) }
        #expect((20_000...40_000).contains(try heapBytes([deep])))
    }
}

/// Estimates compared with the blocks of malloc: in a process of its own, without other allocations.
@Suite struct HeapMeasureTests {
    @Test func estimatesAreNearWhatMallocCounts() async {
        await #expect(processExitsWith: .success) {
            var chance = SeededGenerator(seed: 1)
            func long() -> String { String(repeating: "x", count: chance.number(0..<200)) }
            func friends() -> [String: String] {
                Dictionary((0..<chance.number(0..<20)).map { _ in (long(), long()) }) { $1 }
            }
            near("strings") { long() }
            near("tuples") { (1, long(), long()) }
            near("arrays") { (0..<chance.number(0..<50)).map(Double.init) }
            near("grown arrays") { (0..<chance.number(0..<50)).reduce(into: [Double]()) { $0.append(Double($1)) } }
            near("arrays of strings") { (0..<chance.number(0..<100)).map { _ in long() } }
            near("arrays of arrays") { (0..<9).map { _ in ContiguousArray(repeating: Int8(1), count: chance.number(0..<99)) } }
            near("sets") { Set((0..<chance.number(0..<100)).map { _ in chance.next() }) }
            near("sets of strings") { Set((0..<chance.number(0..<100)).map { _ in long() }) }
            near("dictionaries") { Dictionary(uniqueKeysWithValues: (0..<chance.number(0..<100)).map { ($0, 0.5) }) }
            near("dictionaries of strings") { friends() }
            near("structs") { Generic(first: long(), second: [chance.number(0..<9)]) }
            near("optionals") { chance.flip() ? nil : long() }
            near("optionals of tuples") { chance.flip() ? nil : (long(), [1, 2, chance.number(0..<9)]) }
            near("enums") { multi(&chance) }
            near("payloads") { chance.flip() ? Payload.one(long()) : .two(long(), long()) }
            near("indirect enums") { tree(&chance, 6) }
            near("chains") { chain(chance.number(0..<30)) }
            near("recursive structs") { branch(&chance, 5) }
            near("substrings") { long().dropFirst(1) }
            near("characters") { (long() + (chance.flip() ? "a" : "👩‍👩‍👧")).last! }
        }
    }
}

/// Makes 10,000 values and compares the estimate with the bytes allocated for them.
private func near<Value>(_ name: String, _ make: () -> Value) {
    let count = 10_000
    let values = UnsafeMutablePointer<Value>.allocate(capacity: count)
    let before = malloc_bytes_in_use()
    if before == 0 { return }
    for index in 0..<count { (values + index).initialize(to: make()) }
    let used = Double(malloc_bytes_in_use()) - Double(before)
    let estimate = Double((try? ValueCoder.of(Value.self).heapBytes(values, count: count)) ?? -1)
    #expect((0.6...1.6).contains(estimate / used), "\(name): \(estimate) of \(used)")
    values.deinitialize(count: count)
    values.deallocate()
}

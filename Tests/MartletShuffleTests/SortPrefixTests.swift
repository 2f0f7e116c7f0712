@testable import MartletShuffle
import MartletStatistics
import Testing

/// K3: `a < b` implies that the prefix of `a` is not above the prefix of `b`.
@Suite struct SortPrefixTests {
    private func expectMonotone<Key: Comparable>(_ keys: [Key]) {
        let prefixer = SortPrefixer<Key>()
        let sorted = keys.sorted()
        for (left, right) in zip(sorted, sorted.dropFirst()) {
            let (first, second) = (prefixer.prefix(left), prefixer.prefix(right))
            if left < right { #expect(first <= second, "\(left) \(right)") }
            if left == right { #expect(first == second, "\(left) \(right)") }
            if prefixer.isExact, first == second { #expect(left == right) }
        }
    }

    /// Strings by their normal form C. `<` of the standard library is an order only for strings in that form: there,
    /// "K" equals the Kelvin sign, but "Kb" lies between the two.
    private func expectMonotone(_ keys: [String]) {
        func scalars(_ text: String) -> [Unicode.Scalar] { Array(normalForm(text).unicodeScalars) }
        let prefixer = SortPrefixer<String>()
        let sorted = keys.sorted { scalars($0).lexicographicallyPrecedes(scalars($1)) }
        var broken = 0
        for (left, right) in zip(sorted, sorted.dropFirst()) {
            let (first, second) = (prefixer.prefix(left), prefixer.prefix(right))
            if first > second || left == right && first != second { broken += 1 }
        }
        #expect(broken == 0)
        let normal = keys.map(normalForm)
        let normalSorted = normal.sorted()
        #expect(zip(normalSorted, normalSorted.dropFirst()).allSatisfy { prefixer.prefix($0) <= prefixer.prefix($1) })
    }

    @Test(arguments: 1...20)
    func strings(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        expectMonotone((0..<1000).map { _ in generator.text(5) })
        // Around the eighth byte, where the prefix ends.
        expectMonotone((0..<1000).map { _ in "abcdef" + generator.text(4) })
        expectMonotone((0..<1000).map { _ in String("abcdefgh".prefix(Int(generator.next() % 9))) + generator.text(3) })
        expectMonotone((0..<500).map { _ in generator.text(30) })
    }

    @Test func stringsInAnyStorage() {
        let prefixer = SortPrefixer<String>()
        for text in ["", "a", "abcdefgh", "abcdefghi", "fifteen letters"] {
            var reserved = ""
            reserved.reserveCapacity(100)
            reserved += text
            #expect(prefixer.prefix(reserved) == prefixer.prefix(text))
        }
        #expect(prefixer.prefix("abcdefgh") == 0x6162_6364_6566_6768)
        #expect(prefixer.prefix("ab") == 0x6162_0000_0000_0000)
        #expect(prefixer.prefix("abcdefgh\u{301}") >= prefixer.prefix("abcdefgh"))
    }

    @Test func numbers() {
        var generator = SeededGenerator(seed: 3)
        func integers<Number: FixedWidthInteger>(_: Number.Type) {
            expectMonotone([.min, .max, 0, 1] + (0..<500).map { _ in Number.random(in: .min ... .max, using: &generator) })
        }
        integers(Int.self)
        integers(Int64.self)
        integers(Int32.self)
        integers(UInt.self)
        integers(UInt64.self)
        integers(UInt32.self)
        integers(Int16.self)
        integers(UInt8.self)
        let doubles = (0..<2000).map { _ in Double(bitPattern: generator.next()) }.filter { !$0.isNaN }
        expectMonotone(doubles + [0.0, -0.0, .infinity, -.infinity, .leastNonzeroMagnitude])
        for nan in [Double.nan, -.nan, .signalingNaN] { #expect(doublePrefix(nan) > doublePrefix(.infinity)) }
    }

    @Test(arguments: [0, 1, 2, 511, 512, 513, 5000])
    func radixSortEqualsSorted(_ count: Int) {
        for seed in 1...6 as ClosedRange<UInt64> {
            var generator = SeededGenerator(seed: seed)
            // One digit, a few digits, all digits.
            let mask: UInt64 = [.max, 0xFF, 0x7FF << 33, 0, 0xF << 60, 0x1_0000_0001][Int(seed) - 1]
            let prefixes = (0..<count).map { _ in generator.next() & mask }
            let rows = UnsafeMutableRawPointer.allocate(byteCount: count + 1, alignment: 1)
            defer { rows.deallocate() }
            var entries = prefixes.indices.map { SortEntry(prefix: prefixes[$0], row: UnsafeRawPointer(rows + $0)) }
            radixSort(&entries)
            let expected = prefixes.enumerated().sorted {
                $0.element != $1.element ? $0.element < $1.element : $0.offset < $1.offset
            }
            #expect(entries.map(\.prefix) == expected.map(\.element))
            #expect(entries.map { $0.row - UnsafeRawPointer(rows) } == expected.map(\.offset), "stable")
        }
    }
}

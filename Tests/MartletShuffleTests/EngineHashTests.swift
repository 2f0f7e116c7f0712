import MartletShuffle
import MartletStatistics
import Testing

@Suite struct EngineHashTests {
    private func hash<Key: Hashable>(_ key: Key) -> UInt64 { KeyHasher<Key>().hash(key) }

    /// The same text in every storage that a string can have.
    private func storages(of text: String) -> [String] {
        var reserved = ""
        reserved.reserveCapacity(100)
        reserved += text
        let large = "a text before " + text + " and a text behind it"
        let start = large.index(large.startIndex, offsetBy: 14)
        let slice = String(large.unicodeScalars[start...].prefix(text.unicodeScalars.count))
        return [text, reserved, slice, String(decoding: Array(text.utf8), as: UTF8.self), String(text.unicodeScalars.map(Character.init))]
    }

    @Test(arguments: [
        "", "a", "fifteen letters", "12345678", "123456789", "sixteen letters!", "a longer text than fits in a word",
        "\u{0}", "\u{7F}\u{7F}",
    ])
    func storageDoesNotMatter(_ text: String) {
        let all = storages(of: text)
        for other in all {
            #expect(other == text)
            #expect(hash(other) == hash(text))
            #expect(KeyHasher<String>().areEqual(other, text))
            #expect(KeyHasher<String>().areEqual(text, other))
        }
    }

    @Test(arguments: [
        ("\u{E9}", "e\u{301}"), ("K", "\u{212A}"), ("\u{C5}", "\u{212B}"), ("\u{C5}", "A\u{30A}"), ("\u{AC00}", "\u{1100}\u{1161}"),
        ("a long text with caf\u{E9} in it", "a long text with cafe\u{301} in it"), ("\u{2126}", "\u{3A9}"),
        ("o\u{323}\u{308}", "o\u{308}\u{323}"), (";", "\u{37E}"), ("twelve bytes;", "twelve bytes\u{37E}"),
    ])
    func canonicallyEquivalentStrings(_ left: String, _ right: String) {
        #expect(left == right)
        #expect(hash(left) == hash(right))
        #expect(KeyHasher<String>().areEqual(left, right))
        #expect(hash([left]) == hash([right]))
        #expect(hash(Pair(left, 1)) == hash(Pair(right, 1)))
        #expect(hash(Optional(left)) == hash(Optional(right)))
    }

    @Test(arguments: 1...20)
    func equalStringsHaveEqualHashes(_ seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let hasher = KeyHasher<String>()
        let texts = (0..<300).map { _ in generator.text(4) }
        var broken = 0
        for left in texts {
            for right in texts {
                let isBroken = left == right && hasher.hash(left) != hasher.hash(right)
                if isBroken || hasher.areEqual(left, right) != (left == right) { broken += 1 }
            }
        }
        #expect(broken == 0)
    }

    @Test func equalNumbers() {
        #expect(hash(-0.0) == hash(0.0))
        #expect(hash(Float(-0.0)) == hash(Float(0)))
        #expect(hash([-0.0]) == hash([0.0]))
        #expect(hash(Pair(-0.0, 1)) == hash(Pair(0.0, 1)))
        #expect(hash(1.0) != hash(2.0))
        #expect(hash(Character("\u{E9}")) == hash(Character("e\u{301}")))
    }

    @Test func unlikeKeysHaveUnlikeHashes() {
        var hashes: Set<UInt64> = []
        for number in -2000..<2000 { hashes.insert(hash(number)) }
        #expect(hashes.count == 4000)
        for number in 0..<4000 { hashes.insert(hash("key \(number)")) }
        #expect(hashes.count == 8000)
        #expect(hash(Pair(1, 2)) != hash(Pair(2, 1)))
        #expect(hash([1, 2]) != hash([2, 1]))
        #expect(hash([[1], [2]]) != hash([[1, 2], []]))
        #expect(hash(Int?.none) != hash(Int?.some(0)))
        #expect(hash("") != hash("\u{0}"))
    }

    /// The partition of a key must not change from one process, release or machine to the next.
    @Test func goldenValues() {
        #expect([0, 1, -1, 42, .max, .min].map { hash($0) } == [
            0xC9D8_74CA_57D9_E055, 0xF2F3_7271_AD33_E225, 0x8E1A_4ACD_601C_1D69,
            0x0B91_AA8B_621C_7A50, 0xE187_CB29_54EF_1A5F, 0xD457_CBA6_1A8E_E39F,
        ])
        #expect(["", "a", "fifteen letters", "sixteen letters!", "caf\u{E9}", "a longer text than fits in a word"].map { hash($0) } == [
            0xB4C1_BEFE_EA83_E00A, 0x58E1_ECDD_3921_C93D, 0xEC5D_FBE7_773F_21A1,
            0x4FB3_7F03_EC75_E758, 0x09DD_3F08_6A3A_9A71, 0x2B5B_0A5E_3BD6_BE6C,
        ])
        #expect([hash(0.5), hash(true), hash(Pair(1, "a")), hash([1, 2]), hash(Int?.none), hash(UInt8(7))] == [
            0x0637_47B1_8B6E_E69E, 0xF2F3_7271_AD33_E225, 0x3750_7E9B_EB27_CA66,
            0x4C8D_1602_50C2_EEA5, 0x6D61_7274_6C65_7421, 0x4C9D_70E1_60CF_E901,
        ])
    }

    @Test(arguments: [1, 2, 7, 64, 1000])
    func partitionsAreInRangeAndEven(_ count: Int) {
        var sizes = Array(repeating: 0, count: count)
        for number in 0..<100_000 { sizes[hashPartition(hash(number), of: count)] += 1 }
        let mean = 100_000 / count
        #expect(sizes.allSatisfy { $0 > mean / 2 && $0 < mean * 2 })
        #expect(hashPartition(.max, of: count) == count - 1)
        #expect(hashPartition(0, of: count) == 0)
    }
}

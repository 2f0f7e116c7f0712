import Martlet
import Testing

/// `words()` and `fields()` against one loop over the bytes.
@Suite struct TextSegmentTests {
    private func naiveWords(_ text: String) -> [String] {
        text.utf8.split { $0 <= 32 }.map { String(decoding: $0, as: UTF8.self) }
    }

    private func naiveFields(_ text: String, _ separator: UInt8) -> [String] {
        text.utf8.split(separator: separator, omittingEmptySubsequences: false).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Byte for byte: `==` would take equal normal forms for equal texts.
    private func bytes(_ texts: some Sequence<String>) -> [[UInt8]] { texts.map { Array($0.utf8) } }

    private static func texts(_ seed: UInt64) -> [String] {
        var generator = SeededGenerator(seed: seed)
        let lengths = [0, 1, 7, 8, 9, 14, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 200]
        let blanks = [" ", "\t", "\n", "  ", "\u{0}", "\u{1F}", " \r\n", "                  "]
        let letters = ["a", "Z", "~", "!", "\u{7F}", "\u{E9}", "\u{301}", "日", "\u{1F426}", "\u{A0}", ","]
        return (0..<40).map { index in
            var text = generator.next() % 2 == 0 ? "" : blanks[0]
            let wordCount = index % 10 == 9 ? 400 : Int.random(in: 0...12, using: &generator)
            for _ in 0..<wordCount {
                let isASCII = generator.next() % 3 != 0
                for _ in 0..<(lengths.randomElement(using: &generator) ?? 1) {
                    text += letters[Int.random(in: 0..<(isASCII ? 5 : letters.count), using: &generator)]
                }
                text += blanks.randomElement(using: &generator) ?? " "
                if generator.next() % 4 == 0 { text += "," }
            }
            return text
        }
    }

    @Test(arguments: 1...6)
    func iteration(_ seed: UInt64) {
        for text in Self.texts(seed) {
            #expect(bytes(text.words()) == bytes(naiveWords(text)))
            #expect(bytes(text.fields(separator: ",")) == bytes(naiveFields(text, 0x2C)))
            #expect(bytes(text.fields(separator: " ")) == bytes(naiveFields(text, 0x20)))
        }
    }

    @Test(arguments: 1...3)
    func flatMapScansTheSame(_ seed: UInt64) async throws {
        let context = try makeContext("local[2]", "martlet.batch.bytes=4k")
        defer { context.stop() }
        let texts = Self.texts(seed)
        let rdd = context.parallelize(texts, partitions: 3)
        #expect(try await bytes(rdd.flatMap { $0.words() }.collect()) == bytes(texts.flatMap(naiveWords)))
        #expect(
            try await bytes(rdd.flatMap { $0.fields(separator: ",") }.collect())
                == bytes(texts.flatMap { naiveFields($0, 0x2C) }))
        // As any sequence, without the scanning kernel.
        #expect(try await bytes(rdd.flatMap { Array($0.words()) }.collect()) == bytes(texts.flatMap(naiveWords)))
    }

    @Test(arguments: [1, 15, 16, 17, 31, 32, 33, 4095, 4096, 4097, 9000])
    func everyLengthAndPlace(_ length: Int) {
        let word = String(repeating: "w", count: length)
        for before in 0..<18 {
            let blank = String(repeating: " ", count: before)
            #expect(Array((blank + word + " end").words()) == [word, "end"])
            #expect(Array((blank + word).words()) == [word])
            #expect(Array((blank + word + ",x,").fields(separator: ",")) == [blank + word, "x", ""])
        }
    }

    @Test func nothing() {
        #expect(Array("".words()) == [])
        #expect(Array("   \n ".words()) == [])
        #expect(Array("".fields(separator: ",")) == [""])
        #expect(Array(",".fields(separator: ",")) == ["", ""])
        #expect(Array("a,,b".fields(separator: ",")) == ["a", "", "b"])
    }

    /// Batches of 256 strings: texts whose last word fills a batch, and texts that continue in the next one.
    @Test(arguments: [255, 256, 257, 511, 512, 513, 2000])
    func textsThatFillABatch(_ count: Int) async throws {
        let context = try makeContext("local[1]", "martlet.batch.bytes=4k")
        defer { context.stop() }
        let words = (0..<count).map { "w\($0)" }
        let texts = [words.joined(separator: " "), "", words.joined(separator: " ") + "  ", "x"]
        let rdd = context.parallelize(texts, partitions: 1)
        #expect(try await rdd.flatMap { $0.words() }.collect() == words + words + ["x"])
        #expect(try await rdd.flatMap { $0.fields(separator: " ") }.collect() == words + [""] + words + ["", "", "x"])
        #expect(try await rdd.flatMap { $0.words() }.take(count + 1) == words + [words[0]])
    }
}

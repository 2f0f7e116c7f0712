import MartletBlocks
import Testing

@Suite struct SmallStringTests {
    /// The bytes with 16 readable bytes of another text behind them, at every alignment.
    private func made(_ bytes: [UInt8], isKnown: Bool, offset: Int) -> String {
        let padded = Array(repeating: 0x58, count: offset) + bytes + Array("garbage behind it".utf8)
        return padded.withUnsafeBytes {
            SmallString.make($0.baseAddress.unsafelyUnwrapped + offset, count: bytes.count, isKnown: isKnown)
        }
    }

    private func check(_ bytes: [UInt8]) {
        let expected = String(decoding: bytes, as: UTF8.self)
        for isKnown in [true, false] where !isKnown || SmallString.isKnown {
            for offset in [0, 1, 7, 8] {
                let text = made(bytes, isKnown: isKnown, offset: offset)
                #expect(Array(text.utf8) == Array(expected.utf8))
                #expect(text == expected)
                #expect(text.hashValue == expected.hashValue)
                #expect(text.count == expected.count)
                #expect(text + "!" == expected + "!")
            }
        }
    }

    @Test func theLayoutIsKnown() {
        #expect(SmallString.isKnown)
    }

    @Test(arguments: 0...40)
    func everyLength(_ length: Int) {
        check((0..<length).map { UInt8(33 + $0) })
        check(Array(repeating: 0, count: length))
        check(Array(repeating: 0x7F, count: length))
    }

    @Test(arguments: 1...40)
    func aByteThatIsNotASCIIAtEveryPlace(_ length: Int) {
        for place in 0..<length {
            var bytes = Array(repeating: UInt8(0x61), count: length)
            bytes[place] = 0xFF
            check(bytes)
            if place + 1 < length {
                bytes[place] = 0xC3
                bytes[place + 1] = 0xA9
                check(bytes)
            }
        }
        check(Array(String(repeating: "\u{1F426}", count: length).utf8))
    }

    @Test func words() {
        for text in ["", "a", "12345678", "fifteen letters"] {
            let bytes = Array(text.utf8)
            let packed = SmallString.pack(bytes.count) { bytes[$0] }
            #expect(SmallString.words(made(bytes, isKnown: true, offset: 0)) == packed)
            #expect(SmallString.isSmallASCII(packed))
        }
        for text in ["caf\u{E9}", "sixteen letters!", "a text that is much longer than two words", "\u{1F426}"] {
            #expect(!SmallString.isSmallASCII(SmallString.words(text)))
            #expect(!SmallString.isSmallASCII(SmallString.words(text + String(text.reversed()))))
        }
    }
}

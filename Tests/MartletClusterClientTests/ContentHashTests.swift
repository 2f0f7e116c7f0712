import Glibc
import MartletClusterClient
import MartletClusterState
import MartletStatistics
import TestSupport
import Testing

/// SHA-256, with the processor's instructions and without.
@Suite struct ContentHashTests {
    private func hash(_ bytes: [UInt8], isPlain: Bool, pieces: Int = 1) -> String {
        var hash = ContentHash(isPlain: isPlain)
        bytes.withUnsafeBytes { all in
            var start = 0
            for piece in 1...pieces {
                let end = all.count * piece / pieces
                hash.add(UnsafeRawBufferPointer(rebasing: all[start..<end]))
                start = end
            }
        }
        return hash.finish()
    }

    /// The vectors of FIPS 180-4, and one of a million letters.
    @Test(arguments: [true, false])
    func knownVectors(_ isPlain: Bool) {
        let vectors = [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        ]
        for (text, expected) in vectors { #expect(hash(Array(text.utf8), isPlain: isPlain) == expected) }
    }

    @Test func theWayInWhichBytesArriveDoesNotMatter() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...1000, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let expected = hash(bytes, isPlain: true)
            #expect(hash(bytes, isPlain: false, pieces: Int.random(in: 1...9, using: &generator)) == expected)
        }
    }

    @Test(arguments: [0, 1, 55, 56, 63, 64, 65, 1 << 20, 3 << 20 | 17])
    func theSystemsProgramSaysTheSame(_ count: Int) throws {
        let directory = TemporaryDirectory()
        let path = try directory.write("file", (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
        try #require(system("sha256sum \(path) > \(directory.path("sum"))") == 0)
        let file = try FileReference(of: path)
        #expect(directory.text(of: "sum")?.hasPrefix("\(file.hash) ") ?? false)
        #expect(file.byteCount == count && file.name == "file")
    }

    @Test func whatIsNoHashNamesNoFile() {
        let hash = String(repeating: "0a", count: 32)
        #expect(ContentHash.isHash(hash))
        for text in ["", "0a", hash + "0", hash.uppercased(), String(hash.dropLast()) + "/", String(repeating: "é", count: 32)] {
            #expect(!ContentHash.isHash(text))
        }
        #expect(throws: FileServiceError.self) { try FileReference(of: "/no/such/file") }
        #expect(throws: FileServiceError.self) { try FileReference(of: "/") }
    }
}

import MartletFiles
import Testing

/// Files whose names say one thing, and their first bytes another.
@Suite struct FirstBytesTests {
    let directory = TemporaryDirectory()
    static let codecs = Codec.allCases.filter { $0 != .plain }
    static let names = [
        "a", "a.txt", "a.gz", "a.GZ", "a.gzip", "a.tgz", "a.tar.gz", "a.zst", "a.zstd", "a.lz4", "a.bz2", "a.xz", "a.lzma",
        "a.zip", "a.log.1",
    ]

    private func read(_ name: String, _ bytes: [UInt8], partitions: Int = 1) throws(FileError) -> [UInt8] {
        let path: String
        do { path = try directory.write(name, bytes) } catch { throw .notFound(path: name) }
        let plan = try InputPlan.text(paths: path, minPartitions: partitions)
        #expect(plan.partitions.count <= partitions)
        let whole = try InputPlan.files(paths: path, minPartitions: 1)
        let text = try readAllLines(plan).flatMap(\.bytes)
        let files = try readWholeFiles(whole.partitions[0])
        #expect(files.flatMap(\.1) == text)
        return text
    }

    @Test(arguments: codecs)
    func whateverTheName(_ codec: Codec) throws {
        for text in ["", "x\n", String(repeating: "a line of text\n", count: 2_000)].map({ Array($0.utf8) }) {
            for name in Self.names {
                #expect(try read(name, compressed(text, codec)) == text, "\(name)")
                // Several partitions: a file that looks plain is looked at before it is cut.
                #expect(try read(name, compressed(text, codec), partitions: 5) == text, "\(name)")
            }
        }
    }

    /// A file of few bytes is cut too, and packed with others.
    @Test func amongOthers() throws {
        let text = Array(String(repeating: "a line of text\n", count: 5_000).utf8)
        try directory.write("in/1.txt", text)
        try directory.write("in/2.txt", compressed(text, .gzip))
        try directory.write("in/3.txt", compressed(text, .bzip2))
        try directory.write("in/4.gz", compressed(text, .xz))
        try directory.write("in/5.txt", text)
        for partitions in 1...12 {
            let plan = try InputPlan.text(paths: directory.path("in"), minPartitions: partitions)
            #expect(plan.partitions.count >= Swift.min(partitions, 5))
            let read = try readAllLines(plan).map(\.bytes)
            #expect(read == [[UInt8]](repeating: text, count: 5), "\(partitions)")
        }
    }

    @Test(arguments: codecs)
    func plainTextWithACompressedName(_ codec: Codec) throws {
        let name = "a" + codec.fileSuffix
        let error = fileError { () throws(FileError) in try read(name, Array("only text\n".utf8)) }
        guard case .corrupt(directory.path(name), codec, 0, let detail) = error else {
            Issue.record("unexpected: \(String(describing: error))")
            return
        }
        #expect(detail == "it does not begin as \(codec) data does; if it is not compressed, give it another name")
    }

    /// The beginnings of what is refused.
    static let foreign: [(ForeignFormat, [UInt8])] = [
        (.tar, tarHeader(name: "a.txt", size: 0)), (.zip, [0x50, 0x4B, 3, 4]), (.zip, [0x50, 0x4B, 5, 6]),
        (.zip, [0x50, 0x4B, 7, 8]), (.sevenZip, [0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C]), (.rar, Array("Rar!".utf8) + [0x1A, 7]),
        (.compress, [0x1F, 0x9D]), (.lzip, Array("LZIP".utf8) + [1]), (.lzop, [0x89] + Array("LZO".utf8) + [0]),
        (.oldLZ4, [2, 0x21, 0x4C, 0x18]), (.snappy, [0xFF, 6, 0, 0] + Array("sNaPpY".utf8)),
        (.zlib, [0x78, 0x9C]), (.zlib, [0x78, 0xDA]), (.utf32, [0xFF, 0xFE, 0, 0]),
        (.utf32, [0, 0, 0xFE, 0xFF]), (.utf16, [0xFF, 0xFE]), (.utf16, [0xFE, 0xFF]),
    ]

    @Test(arguments: foreign.indices)
    func foreignFormats(_ index: Int) throws {
        let (format, beginning) = Self.foreign[index]
        let bytes = beginning + Array("more\n".utf8)
        // Named as it should be or not, whole or about to be cut, and inside of a compressed file.
        for name in ["a", "a.txt", "a.tgz", "a.tar", "a.zip", "a.7z", "a.gz"] {
            for partitions in [1, 3] {
                let error = fileError { () throws(FileError) in try read(name, bytes, partitions: partitions) }
                #expect(error == .foreignFormat(path: directory.path(name), format: format), "\(name)")
            }
        }
        for codec in Self.codecs {
            for name in ["a", "a.tar" + codec.fileSuffix, "a.tgz"] {
                let error = fileError { () throws(FileError) in try read(name, compressed(bytes, codec)) }
                #expect(error == .foreignFormat(path: directory.path(name), format: format), "\(name)")
            }
        }
    }

    @Test func everyForeignFormatIsTried() {
        #expect(Set(Self.foreign.map(\.0)) == Set(ForeignFormat.allCases))
    }

    /// What is known before the job runs: an archive that is named as one, and a big file.
    @Test func plansRefuse() throws {
        let tar = Self.tarHeader(name: "a", size: 0) + [UInt8](repeating: 0, count: 1024)
        for (name, bytes) in [
            ("a.tar", tar), ("a.tgz", compressed(tar, .gzip)), ("a.TAR.XZ", compressed(tar, .xz)), ("a.zip", [0x50, 0x4B, 3, 4]),
            ("a.snappy", [1, 2, 3]), ("a.Deflate", [0x78, 1, 3, 0]), ("a.zlib.deflate", [0x78, 0x9C, 3, 0]),
        ] {
            let path = try directory.write(name, bytes)
            let error = fileError { () throws(FileError) in try InputPlan.text(paths: path, minPartitions: 1) }
            guard case .foreignFormat(path, _) = error else {
                Issue.record("\(name): \(String(describing: error))")
                continue
            }
        }
    }

    /// What begins similarly is text.
    @Test(arguments: [
        "BZh", "BZh9 is not enough\n", "PK\n", "Rar!\n", "LZIP is a program\n", "7z\n", "P*M\n", "]\n", "a\u{FEFF}b\n",
        "\u{1F}\n", "x\u{1}y\n", "x^2\n", "(\u{B5}/\n", String(repeating: "0", count: 600), String(repeating: "a", count: 148) + "0012345\0 \n",
    ])
    func similarText(_ text: String) throws {
        let bytes = Array((text + String(repeating: "more\n", count: 200)).utf8)
        #expect(try read("a", bytes) == bytes)
        #expect(try read("a", bytes, partitions: 4) == bytes)
        #expect(try read("a", Array(text.utf8)) == Array(text.utf8))
    }

    @Test(arguments: codecs)
    func byteOrderMarksInCompressedFiles(_ codec: Codec) throws {
        let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
        for text in ["", "a", "a\nb\n"].map({ Array($0.utf8) }) {
            #expect(try read("a" + codec.fileSuffix, compressed(mark + text, codec)) == text)
        }
        #expect(try read("a", compressed(mark + mark, codec)) == mark)
        #expect(try read("a", compressed([0xEF, 0xBB], codec)) == [0xEF, 0xBB])
    }

    /// A file that is replaced between planning and reading.
    @Test func replacedFiles() throws {
        let text = Array(String(repeating: "a line of text\n", count: 100).utf8)
        let path = try directory.write("a", text)
        let plan = try InputPlan.text(paths: path, minPartitions: 2)
        try directory.write("a", compressed(text, .gzip) + [UInt8](repeating: 0, count: text.count))
        let error = fileError { () throws(FileError) in try readAllLines(plan) }
        #expect(error == .notReadable(
            path: path, reason: "it holds gzip data, and did not when the input was planned; run the job again"))
    }

    /// Bytes are bytes: no file is taken apart.
    @Test func binaryFilesAreNotLookedAt() throws {
        for (name, bytes) in [("a.gz", compressed([1, 2, 3], .gzip)), ("a.zip", [0x50, 0x4B, 3, 4]), ("a", [0xEF, 0xBB, 0xBF]), ("empty.xz", [])] {
            let path = try directory.write(name, bytes)
            let plan = try InputPlan.files(at: InputLocations(path), content: .bytes, minPartitions: 1)
            #expect(try readWholeFiles(plan.partitions[0], content: .bytes).map(\.1) == [bytes])
        }
    }

    /// One header of an archive, as the oldest format has it.
    static func tarHeader(name: String, size: Int) -> [UInt8] {
        func field(_ text: String, _ count: Int) -> [UInt8] { Array(text.utf8) + [UInt8](repeating: 0, count: count - text.utf8.count) }
        func octal(_ number: Int, _ digits: Int) -> String {
            let text = String(number, radix: 8)
            return String(repeating: "0", count: digits - text.utf8.count) + text
        }
        let before = field(name, 100) + field("0000644", 8) + field("0000000", 8) + field("0000000", 8)
            + field(octal(size, 11), 12) + field("00000000000", 12)
        let behind = [UInt8](repeating: 0, count: 512 - before.count - 8)
        let sum = (before + behind).reduce(8 * 32) { $0 + Int($1) }
        return before + Array("\(octal(sum, 6))\0 ".utf8) + behind
    }
}

import MartletFiles
import Testing

@Suite struct LineBlockReaderTests {
    let directory = TemporaryDirectory()

    /// Every cut of every text, at every small block size: a split has the lines that start in it, and the text comes back,
    /// once and in order.
    @Test(arguments: [
        "one line\n", "no line end", "\n", "\n\n\n", "a\nbb\n\nccc", "a\r\nb\r\n", "\na", "x",
        "a long line that no small block holds\nshort\n",
        "\r", "\r\n", "\n\r", "\r\r\n", "\r\n\r", "a\rbb\r\rccc", "a\r", "a\r\r\nb\n\r\nc\r\n\n\r", "one\rlong line\r\nand more\rend",
    ])
    func everyCut(_ text: String) throws {
        let path = try directory.write("text", text)
        let size = text.utf8.count
        let all = Array(text.utf8)
        for cut in 0...size {
            for blockBytes in [1, 2, 3, 7, 64] {
                let first = InputSplit(path: path, offset: 0, length: cut, fileSize: size, codec: .plain)
                let second = InputSplit(
                    path: path, offset: cut, length: size - cut, fileSize: size, codec: .plain)
                let halves = [
                    try readLines([first], blockBytes: blockBytes), try readLines([second], blockBytes: blockBytes),
                ].map { $0.flatMap(\.bytes) }
                let expected = [expectedLines(all, startingIn: 0..<cut), expectedLines(all, startingIn: cut..<size)]
                #expect(halves == expected, "cut \(cut), blocks of \(blockBytes)")
                #expect(halves[0] + halves[1] == all, "cut \(cut), blocks of \(blockBytes)")
                let together = try readLines([first, second], blockBytes: blockBytes)
                #expect(together == [FileText(path: path, bytes: Array(text.utf8))], "cut \(cut)")
            }
        }
    }

    /// The mark belongs to no line, whatever the first split has of it.
    @Test(arguments: ["", "a", "\n", "a\nb", "\u{FEFF}x\ny\n"])
    func byteOrderMarks(_ text: String) throws {
        let bytes = [0xEF, 0xBB, 0xBF] + Array(text.utf8)
        let path = try directory.write("text", bytes)
        for cut in 1...bytes.count {
            for blockBytes in [1, 2, 64] {
                let first = InputSplit(path: path, offset: 0, length: cut, fileSize: bytes.count, codec: .plain)
                let second = InputSplit(
                    path: path, offset: cut, length: bytes.count - cut, fileSize: bytes.count, codec: .plain)
                let read = try readLines([first], blockBytes: blockBytes) + readLines([second], blockBytes: blockBytes)
                #expect(read.flatMap(\.bytes) == Array(text.utf8), "cut \(cut), blocks of \(blockBytes)")
                let records = try [first, second].flatMap { split throws(FileError) in
                    try readRecords([split], delimiter: [10], blockBytes: blockBytes)
                }
                #expect(records.map(\.bytes) == expectedRecords(Array(text.utf8), delimiter: [10]).map(\.bytes), "cut \(cut)")
            }
        }
        let reader = LineBlockReader(
            splits: [InputSplit(path: path, offset: 0, length: bytes.count, fileSize: bytes.count, codec: .plain)])
        #expect(try (reader.nextBlockCount() == nil) == text.isEmpty)
        #expect(reader.blockOffset == (text.isEmpty ? 0 : 3))
    }

    /// A split owns the lines that start in it.
    @Test(arguments: [
        (1, "aa\n"), (2, "aa\n"), (3, "aa\n"), (4, "aa\nbb\n"), (6, "aa\nbb\n"), (7, "aa\nbb\ncc"),
    ])
    func ownership(end: Int, owned: String) throws {
        let path = try directory.write("text", "aa\nbb\ncc")
        let first = InputSplit(path: path, offset: 0, length: end, fileSize: 8, codec: .plain)
        let second = InputSplit(path: path, offset: end, length: 8 - end, fileSize: 8, codec: .plain)
        #expect(try readLines([first]).flatMap(\.bytes) == Array(owned.utf8))
        #expect(
            try readLines([second]).flatMap(\.bytes) == Array("aa\nbb\ncc".utf8.dropFirst(owned.utf8.count)))
    }

    @Test func filesDoNotMix() throws {
        try directory.write("a", "first without end")
        try directory.write("b", "")
        try directory.write("c", "second\n")
        let plan = try InputPlan.text(paths: directory.path, minPartitions: 1)
        #expect(plan.partitions.count == 1)
        #expect(
            try readLines(plan.partitions[0]) == [
                FileText(path: directory.path("a"), bytes: Array("first without end".utf8)),
                FileText(path: directory.path("c"), bytes: Array("second\n".utf8)),
            ])
    }

    @Test func nothingToRead() throws {
        #expect(try readLines([]).isEmpty)
        let path = try directory.write("empty", "")
        #expect(
            try readLines([InputSplit(path: path, offset: 0, length: 0, fileSize: 0, codec: .plain)]).isEmpty)
    }

    @Test func offsetsCountUncompressedBytes() throws {
        let lines = Array(repeating: "0123456789\n", count: 5_000).joined()
        let path = try directory.write("lines.gz", compressed(Array(lines.utf8), .gzip))
        let plan = try InputPlan.text(paths: path, minPartitions: 4)
        let reader = LineBlockReader(splits: plan.partitions[0], blockBytes: 1 << 10)
        var end = 0
        while let count = try reader.nextBlockCount() {
            #expect(reader.blockOffset == end)
            #expect(count % 11 == 0)
            end += count
        }
        #expect(end == lines.utf8.count)
        #expect(reader.currentPath == path)
    }

    @Test(arguments: Codec.allCases)
    func longLine(_ codec: Codec) throws {
        let text =
            Array("start\n".utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: codec == .bzip2 || codec == .xz ? 17 << 20 : 40 << 20)
            + Array("\nend".utf8)
        let path = try directory.write("long" + codec.fileSuffix, compressed(text, codec))
        let plan = try InputPlan.text(paths: path, minPartitions: 2)
        #expect(plan.partitions.count == (codec == .plain ? 2 : 1))
        let isWhole = try readAllLines(plan) == [FileText(path: path, bytes: text)]
        #expect(isWhole)
    }

    @Test func shrunkFile() throws {
        let text = String(repeating: "line\n", count: 2_000)
        let path = try directory.write("text", text)
        let plan = try InputPlan.text(paths: path, minPartitions: 1)
        let reader = LineBlockReader(splits: plan.partitions[0], blockBytes: 1_000)
        #expect(try reader.nextBlockCount() != nil)
        directory.cut("text", to: 1_503)
        let error = fileError { () throws(FileError) in while try reader.nextBlockCount() != nil {} }
        #expect(error == .changed(path: path, plannedSize: 10_000, size: 1_503))
        #expect(fileError { () throws(FileError) in try reader.nextBlockCount() } == error, "a failure stays")
        #expect(fileError { () throws(FileError) in try readLines(plan.partitions[0]) } == error)
    }

    @Test func grownFileIsReadToItsPlannedSize() throws {
        let path = try directory.write("text", "a\nb")
        let plan = try InputPlan.text(paths: path, minPartitions: 1)
        try directory.write("text", "a\nb more\nand more\n")
        #expect(try readAllLines(plan).flatMap(\.bytes) == Array("a\nb".utf8))
    }

    @Test func fileThatWentAway() throws {
        let split = InputSplit(path: directory.path("gone"), offset: 0, length: 5, fileSize: 5, codec: .plain)
        #expect(
            fileError { () throws(FileError) in try readLines([split]) }
                == .notFound(path: directory.path("gone")))
    }

    @Test func directoryInPlaceOfAFile() throws {
        let split = InputSplit(path: directory.path, offset: 0, length: 5, fileSize: 5, codec: .plain)
        let error = fileError { () throws(FileError) in try readLines([split]) }
        #expect(error == .notReadable(path: directory.path, reason: "not a regular file"))
    }

    @Test func descriptorsAreClosed() throws {
        for index in 0..<5 { try directory.write("file\(index)", String(repeating: "line\n", count: 100)) }
        let plan = try InputPlan.text(paths: directory.path, minPartitions: 1)
        do {
            let reader = LineBlockReader(splits: plan.partitions[0], blockBytes: 50)
            for _ in 0..<30 { _ = try reader.nextBlockCount() }
            #expect(openDescriptors(below: directory.path) == 1)
        }
        #expect(openDescriptors(below: directory.path) == 0)
        _ = try readAllLines(plan)
        #expect(openDescriptors(below: directory.path) == 0)
        directory.cut("file3", to: 7)
        _ = fileError { () throws(FileError) in try readAllLines(plan) }
        #expect(openDescriptors(below: directory.path) == 0)
    }
}

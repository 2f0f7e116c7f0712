import MartletFiles
import Testing

/// Readers that pass over what they cannot read.
@Suite struct UnreadableFileTests {
    let directory = TemporaryDirectory()
    let found = Reports()

    private func lenient(missing: Bool = true, corrupt: Bool = true) -> UnreadableFiles {
        UnreadableFiles(passesOverMissing: missing, passesOverCorrupt: corrupt) { [found] in found.add($0) }
    }

    private func plan(_ unreadable: UnreadableFiles) throws(FileError) -> InputPlan {
        try InputPlan.text(paths: directory.path, minPartitions: 1, unreadable: unreadable)
    }

    private func lines(_ unreadable: UnreadableFiles, blockBytes: Int = 64) throws(FileError) -> String {
        var text = ""
        for splits in try plan(unreadable).partitions {
            let reader = LineBlockReader(splits: splits, unreadable: unreadable, blockBytes: blockBytes)
            while let block = try reader.nextText() { text += block }
        }
        return text
    }

    /// Every length of every kind of compressed file: the lines that could be read, whole, and then the next file.
    @Test(arguments: Codec.allCases.filter { $0 != .plain })
    func cutFiles(_ codec: Codec) throws {
        let text = (0..<40).map { "line \($0)\n" }.joined()
        try directory.write("1", "first\n")
        try directory.write("3", "last\n")
        let whole = compressed(Array(text.utf8), codec) + compressed(Array(text.utf8), codec)
        for size in stride(from: 0, to: whole.count, by: 3) {
            try directory.write("2" + codec.fileSuffix, whole[..<size])
            let read = try lines(lenient())
            #expect(read.hasPrefix("first\n") && read.hasSuffix("last\n"))
            let middle = String(read.dropFirst(6).dropLast(5))
            #expect((text + text).hasPrefix(middle), "\(size)")
            #expect(middle.isEmpty || middle.hasSuffix("\n"), "\(size)")
            let isWholeFrame = size == whole.count / 2
            #expect(isWholeFrame ? middle == text : !found.take().isEmpty, "\(size)")
            if isWholeFrame { continue }
            #expect(fileError { () throws(FileError) in try lines(lenient(corrupt: false)) } != nil, "\(size)")
            #expect(found.take().isEmpty)
        }
    }

    @Test func everyReader() throws {
        let good = "a\nb\n"
        try directory.write("1", good)
        try directory.write("2.gz", compressed(Array(good.utf8), .gzip).dropLast(3))
        try directory.write("3", [0x50, 0x4B, 3, 4])
        try directory.write("4.tgz", compressed(FirstBytesTests.tarHeader(name: "x", size: 0), .gzip))
        try directory.write("5.xz", "")
        try directory.write("6", good)
        try directory.write("7", good)
        let unreadable = lenient()
        let plan = try plan(unreadable)
        #expect(found.take().map(\.path) == ["4.tgz", "5.xz"].map(directory.path), "what planning sees")
        directory.remove("6")
        var records: [String] = []
        let reader = DelimitedReader(splits: plan.partitions[0], delimiter: [10], unreadable: unreadable)
        while let record = try reader.nextText() { records.append(record) }
        #expect(records.joined(separator: "|") == "a|b|a|b|a|b", "records before a damage are given")
        let reported = found.take()
        #expect(reported.map(\.path) == ["2.gz", "3", "6"].map(directory.path))
        #expect(reported.map(\.isMissing) == [false, false, true])
        #expect(reported[0].reason.contains("cut short"))

        try directory.write("6", good)
        let whole = try InputPlan.files(at: InputLocations(directory.path), minPartitions: 1, unreadable: unreadable)
        directory.cut("7", to: 1)
        _ = found.take()
        let files = WholeFileReader(splits: whole.partitions[0], unreadable: unreadable)
        var names: [String] = []
        while try files.nextText() != nil { names.append(String(files.currentPath.suffix(1))) }
        #expect(names == ["1", "6"], "a file is there as a whole or not at all")
        #expect(found.take().map(\.path) == ["2.gz", "3", "7"].map(directory.path))

        try directory.write("records/1", [1, 2, 3, 4])
        try directory.write("records/2", [5, 6, 7, 8])
        try directory.write("records/3", [9, 10])
        let numbers = try InputPlan.records(
            at: InputLocations(directory.path("records")), length: 2, minPartitions: 1, unreadable: unreadable)
        directory.cut("records/2", to: 2)
        let records2 = RecordBlockReader(splits: numbers.partitions[0], recordLength: 2, unreadable: unreadable)
        var bytes: [UInt8] = []
        while let block = try records2.nextBytes() { bytes += block }
        #expect(bytes == [1, 2, 3, 4, 9, 10])
        #expect(found.take().map(\.path) == [directory.path("records/2")])
        #expect(openDescriptors(below: directory.path) == 0)
    }

    /// What is no damage stays an error.
    @Test func otherErrorsStay() throws {
        try directory.write("a", "x")
        #expect(fileError { () throws(FileError) in
            try InputPlan.text(paths: "/dev/null", minPartitions: 1, unreadable: lenient())
        } == .notReadable(path: "/dev/null", reason: "not a regular file"))
        #expect(fileError { () throws(FileError) in
            try InputPlan.records(at: InputLocations(directory.path("a")), length: 2, minPartitions: 1, unreadable: lenient())
        } == .recordLength(path: directory.path("a"), size: 1, length: 2))
        #expect(found.take().isEmpty)
    }
}

import Glibc
import MartletFiles
import TestFileSystems
import Testing

/// What every file system promises, of that of the machine and of others.
@Suite struct FileSystemTests {
    @Test(arguments: Ground.Kind.allCases)
    func entries(_ kind: Ground.Kind) throws {
        let ground = Ground(kind)
        #expect(try ground.listing() == [], "an empty directory")
        try ground.write("b", "two".utf8)
        try ground.write("a", "".utf8)
        try ground.write("B", "x".utf8)
        try ground.write("sub/c", "x".utf8)
        try ground.write(".hidden", "x".utf8)
        try ground.write("\u{E9}", "x".utf8)
        ground.makeDirectory("empty")
        #expect(try ground.listing() == [".hidden", "B", "a", "b", "empty/", "sub/", "\u{E9}"], "in byte order")
        #expect(try ground.listing(of: "sub") == ["sub/c"])
        #expect(try ground.listing(of: "sub/") == ["sub/c"], "with a slash at the end")
        #expect(try ground.listing(of: "empty") == [])
        let system = try ground.system
        #expect(try system.entry(at: ground.path("b"))?.kind == .file(size: 3))
        #expect(try system.entry(at: ground.path("a"))?.kind == .file(size: 0))
        #expect(try system.entry(at: ground.path("b"))?.path == ground.path("b"))
        #expect(try system.entry(at: ground.path("sub"))?.kind == .directory)
        #expect(try system.entry(at: ground.path("none")) == nil)
        #expect(try system.entry(at: ground.path("none/c")) == nil)
        #expect(try system.entry(at: ground.path("b/c")) == nil, "below a file")
        let none = ground.path("none")
        #expect(fileError { () throws(FileError) in try system.entries(in: none) } == .notFound(path: none))
        let file = ground.path("b")
        guard case .notReadable(file, _) = fileError({ () throws(FileError) in try system.entries(in: file) }) else {
            Issue.record("a file is listed")
            return
        }
    }

    static let patterns: [(pattern: String, found: [String])] = [
        ("*", ["A.txt", "a.txt", "b.log", "q?", "sub/", "tub/"]), ("*.txt", ["A.txt", "a.txt"]), ("?.txt", ["A.txt", "a.txt"]),
        ("[ab].*", ["a.txt", "b.log"]), ("[!a-z].txt", ["A.txt"]), ("{a.txt,b.log}", ["a.txt", "b.log"]),
        ("{b.log,a.txt,none}", ["a.txt", "b.log"]), ("{s,t}ub/{c,d}", ["sub/c", "tub/d"]), ("sub/*", ["sub/c"]), ("*/*", ["sub/c", "tub/d"]),
        ("sub*c", []), (".*d", [".hid"]), ("*hid", []), ("q\\?", ["q?"]), ("none*", []), ("none/*", []), ("a.txt", ["a.txt"]),
        ("{a,{b,c}}.{txt,log}", ["a.txt", "b.log"]),
    ]

    @Test(arguments: Ground.Kind.allCases)
    func globs(_ kind: Ground.Kind) throws {
        let ground = Ground(kind)
        for name in ["a.txt", "A.txt", "b.log", "sub/c", "tub/d", ".hid", "q?"] { try ground.write(name, "x".utf8) }
        for (pattern, found) in Self.patterns {
            #expect(try ground.matches(pattern) == found, "\(pattern)")
        }
    }

    @Test(arguments: Ground.Kind.allCases)
    func ranges(_ kind: Ground.Kind) throws {
        let ground = Ground(kind)
        let content = (0..<100).map { UInt8($0) }
        let path = try ground.write("file", content)
        let system = try ground.system
        func split(_ offset: Int, _ length: Int, of size: Int) -> InputSplit {
            InputSplit(path: path, offset: offset, length: length, fileSize: size, codec: .plain)
        }
        for size in [0, 1, 99, 100] {
            // The file has perhaps grown since the input was planned.
            for offset in [0, size / 2, size] {
                let file = try system.open(split(offset, size - offset, of: size))
                #expect(file.path == path && file.size == size)
                for place in [0, offset, size / 2, size] {
                    for count in [0, 1, 7, 200] {
                        let expected = Array(content[place..<min(size, place + count)])
                        #expect(try read(file, at: place, count: count) == expected, "\(count) at \(place) of \(size)")
                    }
                }
            }
        }
        #expect(try system.open(path).size == 100)
        let longer = split(0, 101, of: 101)
        #expect(fileError { () throws(FileError) in try system.open(longer) } == .changed(path: path, plannedSize: 101, size: 100))
        let none = ground.path("none")
        #expect(fileError { () throws(FileError) in try system.open(none) } == .notFound(path: none))
        ground.remove("file")
        let gone = split(10, 10, of: 100)
        #expect(fileError { () throws(FileError) in try system.open(gone) } == .notFound(path: path))
        ground.makeDirectory("sub")
        let directory = ground.path("sub")
        guard case .notReadable(directory, _) = fileError({ () throws(FileError) in try system.open(directory) }) else {
            Issue.record("a directory is opened")
            return
        }
    }

    @Test func registry() throws {
        #expect(FileSystems.schemes == ["file", "memory", "shared"])
        #expect(FileSystems.named("s3") == nil)
        #expect(try FileSystems.of("/a") is MemoryFileSystem == false)
        #expect(try FileSystems.of("memory:/a") is MemoryFileSystem)
        #expect(try FileSystems.of("/memory:/a") is MemoryFileSystem == false, "a directory whose name looks so")
        let error = fileError { () throws(FileError) in try FileSystems.of("s3://b/a") }
        #expect(error == .unknownScheme(path: "s3://b/a", scheme: "s3", known: ["file", "memory", "shared"]))
        let location = try FileLocation("MEMORY://host/a%20b")
        #expect(location.path == "memory://host/a%20b" && location.scheme == "memory" && !location.isLocal)
        #expect(try FileLocation("memory:a", relativeTo: "/here").path == "/here/memory:a", "no slash, no scheme")
        let roots = [("/", "/"), ("/a//", "/a"), ("memory:/", "memory:/"), ("memory:/a/", "memory:/a"), ("/a:/", "/a:")]
        for (given, directory) in roots { #expect(OutputCommitter(directory: given).directory == directory) }
    }
}

/// Reading and writing as jobs do, in every file system.
@Suite struct FileSystemReadingTests {
    private func lines(_ plan: InputPlan) throws -> [UInt8] { try readAllLines(plan, blockBytes: 64).flatMap(\.bytes) }

    @Test(arguments: Ground.Kind.allCases)
    func text(_ kind: Ground.Kind) throws {
        let ground = Ground(kind)
        var text: [UInt8] = []
        for number in 0..<500 { text += Array("line \(number)\(number % 3 == 0 ? "\r" : "")\n".utf8) }
        try ground.write("in/a.txt", text)
        try ground.write("in/b.gz", compressed(text, .gzip))
        try ground.write("in/_SUCCESS", "".utf8)
        try ground.write("in/c,d", text)
        for partitions in [1, 2, 3, 7, 40] {
            let cut = try InputPlan.text(paths: ground.path("in/a.txt"), minPartitions: partitions)
            #expect(cut.partitions.count == partitions)
            #expect(try lines(cut) == text, "\(partitions)")
            let all = try InputPlan.text(paths: ground.path("in"), minPartitions: partitions)
            #expect(try lines(all) == text + text + text, "\(partitions)")
            #expect(all.totalBytes == 2 * text.count + (try ground.bytes(of: "in/b.gz").count))
        }
        for (list, count) in [
            ("in/*.txt", 1), ("in/{a.txt,b.gz}", 2), ("in/a.txt,\(ground.path("in/b.gz"))", 2), ("in/c,d", 1),
            ("in/c,d,\(ground.path("in/a*"))", 2),
        ] {
            let plan = try InputPlan.text(paths: ground.path(list), minPartitions: 2)
            #expect(try lines(plan).count == count * text.count, "\(list)")
        }
        let expected = expectedRecords(text, delimiter: Array("\r\n".utf8))
        let cut = try InputPlan.text(paths: ground.path("in/a.txt"), minPartitions: 5)
        let records = try cut.partitions.flatMap { try readRecords($0, delimiter: Array("\r\n".utf8), blockBytes: 50) }
        #expect(records.map(\.offset) == expected.map(\.offset) && records.map(\.bytes) == expected.map(\.bytes))
    }

    @Test(arguments: Ground.Kind.allCases)
    func wholeFilesAndRecords(_ kind: Ground.Kind) throws {
        let ground = Ground(kind)
        let contents = [0, 1, 5_000, 40_000].map { count in (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) } }
        for (index, content) in contents.enumerated() { try ground.write("in/\(index)", content) }
        let plan = try InputPlan.files(at: InputLocations(ground.path("in")), content: .bytes, minPartitions: 3)
        let files = try plan.partitions.flatMap { try readWholeFiles($0, content: .bytes) }
        #expect(files.map(\.0) == contents.indices.map { ground.path("in/\($0)") } && files.map(\.1) == contents)
        let records = try InputPlan.records(paths: ground.path("in/3"), length: 8, minPartitions: 6)
        #expect(records.partitions.count == 6)
        #expect(try records.partitions.flatMap { try readRecords($0, length: 8, blockBytes: 100) } == contents[3])
        let odd = ground.path("in/1")
        #expect(
            fileError { () throws(FileError) in try InputPlan.records(paths: odd, length: 2, minPartitions: 1) }
                == .recordLength(path: odd, size: 1, length: 2))
    }

    @Test(arguments: Ground.Kind.allCases)
    func missingFiles(_ kind: Ground.Kind) throws {
        let ground = Ground(kind)
        for name in ["none", "none*", "none/a"] {
            let path = ground.path(name)
            #expect(
                fileError { () throws(FileError) in try InputPlan.text(paths: path, minPartitions: 1) } == .notFound(path: path))
        }
        #expect(try InputPlan.text(paths: ground.root, minPartitions: 3).partitions == [[]], "an empty directory")
        try ground.write("sub/a", "x".utf8)
        guard case .notReadable(ground.root, let reason) = fileError({ () throws(FileError) in
            try InputPlan.text(paths: ground.root, minPartitions: 1)
        }) else {
            Issue.record("a directory without files is read")
            return
        }
        #expect(reason.contains("read them as \(ground.root)/*"))
        let found = Reports()
        let lenient = UnreadableFiles(passesOverMissing: true, passesOverCorrupt: false) { found.add($0) }
        let list = "\(ground.path("none")),\(ground.path("sub"))"
        let plan = try InputPlan.text(paths: list, minPartitions: 1, unreadable: lenient)
        #expect(plan.partitions.flatMap(\.self).map(\.path) == [ground.path("sub/a")])
        #expect(found.take().map(\.path) == [ground.path("none")])
        ground.remove("sub/a")
        #expect(
            fileError { () throws(FileError) in try readLines(plan.partitions[0]) } == .notFound(path: ground.path("sub/a")))
    }

    /// A list may name files of several file systems.
    @Test func mixedLists() throws {
        let grounds = Ground.Kind.allCases.map { Ground($0) }
        for (index, ground) in grounds.enumerated() { try ground.write("file", "\(index)\n".utf8) }
        let list = grounds.map { $0.path("file") }.joined(separator: ",")
        #expect(try lines(InputPlan.text(paths: list, minPartitions: 1)) == Array("0\n1\n2\n".utf8))
    }

    @Test func preferredHosts() throws {
        let path = "memory:/hosts-\(UInt64.random(in: 0...(.max)))"
        func write(_ name: String, _ count: Int, _ blocks: [(Range<Int>, [String])]) {
            let blocks = blocks.map { FileBlock($0, hosts: $1) }
            MemoryFileSystem.shared.write("\(path)/\(name)", [UInt8](repeating: 10, count: count), blocks: blocks)
        }
        write("a", 400, [(0..<100, ["x", "y"]), (100..<200, ["y", "z"]), (200..<300, ["w"]), (300..<400, ["x", "w", "v", "u"])])
        write("b", 100, [])
        func hosts(_ name: String, _ partitions: Int) throws -> [[String]] {
            try InputPlan.text(paths: "\(path)/\(name)", minPartitions: partitions).preferredHosts
        }
        #expect(try hosts("a", 4) == [["x", "y"], ["y", "z"], ["w"], ["u", "v", "w"]])
        #expect(try hosts("a", 2) == [["y", "x", "z"], ["w", "u", "v"]], "most bytes first")
        #expect(try hosts("a", 1) == [["w", "x", "y"]])
        #expect(try hosts("b", 2) == [])
        #expect(try hosts("*", 5).map(\.count) == [2, 2, 1, 3, 0])
        let whole = try InputPlan.wholeFiles(at: InputLocations(path))
        #expect(whole.map(\.path) == ["\(path)/a", "\(path)/b"])
        #expect(whole.map(\.preferredHosts) == [["w", "x", "y"], []])
        let local = Ground(.local)
        try local.write("a", "x\n".utf8)
        #expect(try InputPlan.text(paths: local.root, minPartitions: 1).preferredHosts == [])
    }
}

import MartletFiles
import MartletStatistics
import Testing

@Suite struct InputPlanTests {
    let directory = TemporaryDirectory()

    private func text(
        _ paths: String, _ minPartitions: Int, max: Int = 128 << 20
    ) throws(FileError) -> InputPlan {
        try InputPlan.text(paths: paths, minPartitions: minPartitions, maxSplitBytes: max)
    }

    /// The plan as `name[offset..<end]`, partitions between bars.
    private func summary(_ plan: InputPlan) -> String {
        plan.partitions.map { partition in
            partition.map { "\($0.path.dropFirst(directory.path.count + 1))[\($0.offset)..<\($0.end)]" }
                .joined(separator: " ")
        }.joined(separator: " | ")
    }

    /// Sizes of files (a name with `.gz` stays whole), wishes, and the plan.
    @Test(
        arguments: [
            ([("a", 100)], 2, 1_000, "a[0..<50] | a[50..<100]"),
            ([("a", 100)], 1, 40, "a[0..<34] | a[34..<67] | a[67..<100]"),
            ([("a", 3)], 10, 1_000, "a[0..<1] | a[1..<2] | a[2..<3]"),
            ([("a", 0), ("b", 0)], 4, 1_000, ""),
            ([("a", 10), ("b", 0), ("c", 10), ("d", 10)], 1, 1_000, "a[0..<10] c[0..<10] d[0..<10]"),
            ([("a", 49), ("b", 51)], 2, 1_000, "a[0..<49] | b[0..<51]"),
            ([("a", 51), ("b", 49)], 2, 1_000, "a[0..<51] | b[0..<49]"),
            ([("a", 30), ("b", 70)], 2, 1_000, "a[0..<30] b[0..<20] | b[20..<70]"),
            ([("a.gz", 10), ("b.gz", 90)], 2, 1_000, "a.gz[0..<10] | b.gz[0..<90]"),
            (
                [("a.gz", 10), ("b.gz", 10), ("c.gz", 80)], 3, 1_000,
                "a.gz[0..<10] | b.gz[0..<10] | c.gz[0..<80]"
            ),
            ([("a.gz", 500)], 8, 100, "a.gz[0..<500]"),
            ([("a.gz", 80), ("b", 20)], 4, 1_000, "a.gz[0..<80] | b[0..<7] | b[7..<14] | b[14..<20]"),
            ([("a.zst", 10), ("b.lz4", 10), ("c", 20)], 2, 1_000, "a.zst[0..<10] b.lz4[0..<10] | c[0..<20]"),
        ] as [([(String, Int)], Int, Int, String)])
    func partitions(_ files: [(String, Int)], minPartitions: Int, maxSplitBytes: Int, expected: String) throws
    {
        for (name, size) in files { try directory.write(name, [UInt8](repeating: 10, count: size)) }
        let plan = try text(directory.path, minPartitions, max: maxSplitBytes)
        #expect(summary(plan) == expected)
        #expect(plan.totalBytes == files.reduce(0) { $0 + $1.1 })
        #expect(!plan.partitions.isEmpty)
    }

    @Test func manySmallFilesArePacked() throws {
        for index in 0..<200 {
            try directory.write("part-\(1_000 + index)", [UInt8](repeating: 10, count: 50))
        }
        let plan = try text(directory.path, 4)
        #expect(plan.partitions.map(\.count) == [50, 50, 50, 50])
        #expect(
            plan.partitions.flatMap(\.self).map(\.path)
                == (0..<200).map { directory.path("part-\(1_000 + $0)") })
    }

    /// Plain files of random sizes: the splits cover them in order, in the partitions asked for, none too large.
    @Test(arguments: propertySeeds(20))
    func packing(_ seed: UInt64) throws {
        print("packing: MARTLET_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        var sizes: [Int] = []
        for index in 0..<random.int(1...30) {
            sizes.append(random.int(0...1 << random.int(0...16)))
            try directory.write("file\(100 + index)", "")
            directory.cut("file\(100 + index)", to: sizes[index])
        }
        let total = sizes.reduce(0, +)
        let (minPartitions, maxSplitBytes) = (random.int(1...20), 1 << random.int(6...17))
        let plan = try text(directory.path, minPartitions, max: maxSplitBytes)
        #expect(plan.partitions.count >= min(minPartitions, max(total, 1)), "seed \(seed)")
        var covered = [Int](repeating: 0, count: sizes.count)
        var last = 0
        for partition in plan.partitions {
            #expect(partition.reduce(0) { $0 + $1.length } <= maxSplitBytes + maxSplitBytes / 20, "seed \(seed)")
            for split in partition {
                let file = Int(split.path.suffix(3))! - 100
                #expect(file >= last && split.offset == covered[file] && split.length > 0, "seed \(seed)")
                covered[file] = split.end
                last = file
            }
        }
        #expect(covered == sizes, "seed \(seed)")
    }

    @Test func namesAndPatterns() throws {
        for name in ["b.txt", "a.txt", "c.log", "_SUCCESS", ".hidden", "Z.txt", "sub/d.txt", "x,y", "q[1]"] {
            try directory.write(name, "1")
        }
        func names(_ paths: String) throws(FileError) -> String {
            let plan = try text(paths, 1)
            return plan.partitions.flatMap(\.self).map { String($0.path.dropFirst(directory.path.count + 1)) }
                .joined(separator: " ")
        }
        let base = directory.path
        #expect(try names(base) == "Z.txt a.txt b.txt c.log q[1] x,y")
        #expect(try names(base + "/") == "/Z.txt /a.txt /b.txt /c.log /q[1] /x,y".replacing("/", with: ""))
        #expect(try names(base + "/*.txt") == "Z.txt a.txt b.txt")
        #expect(try names(base + "/{c,a}*") == "a.txt c.log")
        #expect(try names(base + "/[ab].???") == "a.txt b.txt")
        #expect(try names(base + "/{a.txt,none}") == "a.txt")
        #expect(try names(base + "/{sub,none}/*") == "sub/d.txt")
        #expect(try names(base + "/s*") == "sub/d.txt")
        #expect(try names(base + "/_*") == "_SUCCESS")
        #expect(try names(base + "/_SUCCESS") == "_SUCCESS")
        #expect(try names(base + "/c.log,\(base)/a.txt,\(base)/c.log") == "c.log a.txt c.log")
        #expect(try names(base + "/x\\,y") == "x,y")
        #expect(try names(base + "/q[1]") == "q[1]")
    }

    @Test func refusedPaths() throws {
        try directory.write("a", "1")
        try directory.write("deep/er/a", "1")
        try directory.write("empty.zst", "")
        directory.link("nowhere", as: "dangling")
        directory.link("loop", as: "loop")
        let base = directory.path
        func error(_ paths: String) -> FileError? { fileError { () throws(FileError) in try text(paths, 2) } }
        #expect(error(base + "/none") == .notFound(path: base + "/none"))
        #expect(error(base + "/a/none") == .notFound(path: base + "/a/none"))
        #expect(error(base + "/a,\(base)/none") == .notFound(path: base + "/none"))
        #expect(error(base + "/n*") == .notFound(path: base + "/n*"))
        #expect(error("") == .notFound(path: ""))
        #expect(error(base + "/a,") == .notFound(path: ""))
        #expect(error(base + "/dangling") == .notFound(path: base + "/dangling"))
        #expect(error(base) == .notFound(path: base + "/dangling"))
        #expect(
            error(base + "/loop")
                == .notReadable(path: base + "/loop", reason: "Too many levels of symbolic links"))
        #expect(error("/dev/null") == .notReadable(path: "/dev/null", reason: "not a regular file"))
        #expect(error(base + "/empty.zst") == .truncated(path: base + "/empty.zst", codec: .zstd, offset: 0))
        let nested = FileError.notReadable(
            path: base + "/deep", reason: "it holds 1 directories and no file; read them as \(base)/deep/*")
        #expect(error(base + "/deep") == nested)
    }

    @Test func emptyDirectory() throws {
        let plan = try text(directory.path, 3)
        #expect(plan.partitions == [[]])
        #expect(plan.totalBytes == 0)
    }

    @Test func codecsByName() {
        let names: [Codec: [String]] = [
            .plain: ["", "a", "gz", "a.g", "a.gz.txt", "gzip", "a.tar", "a.zip", "/b.gz/a", "a.lz", "caf\u{E9}"],
            .gzip: ["a.gz", "a.GZ", "a.Gz", "a.gzip", "a.tgz", "a.tar.gz", ".gz", "/b.xz/a.gz"],
            .zstd: ["a.zst", "a.ZST", "a.zstd", "a.tzst"], .lz4: ["a.lz4", "a.LZ4"],
            .bzip2: ["a.bz2", "a.BZ2", "a.bzip2", "a.tbz2", "a.tbz"], .xz: ["a.xz", "a.XZ", "a.lzma", "a.txz"],
        ]
        for (codec, names) in names {
            for name in names { #expect(Codec(path: name) == codec, "\(name)") }
        }
    }
}

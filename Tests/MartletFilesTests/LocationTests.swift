import MartletFiles
import MartletStatistics
import Testing

/// What a path that a user gives means.
@Suite struct LocationTests {
    @Test(
        arguments: [
            ("/a/b", "/a/b"), ("a", "/here/a"), ("a/b/", "/here/a/b/"), ("./a", "/here/a"), (".//./a", "/here/a"), (".", "/here"),
            ("./", "/here"), ("..", "/here/.."), ("../a", "/here/../a"), (".a", "/here/.a"), ("/", "/"), (" a", "/here/ a"),
            // A colon makes no scheme of a name.
            ("12:30.log", "/here/12:30.log"), ("a:b", "/here/a:b"), ("./s3:/b", "/here/s3:/b"), ("2:/a", "/here/2:/a"),
            ("a b:/c", "/here/a b:/c"), (":/a", "/here/:/a"),
            ("file:/a", "/a"), ("file:///a/b", "/a/b"), ("FILE:///a", "/a"), ("file://localhost/a", "/a"),
            ("file://LocalHost/a", "/a"), ("file:///", "/"), ("file:////a", "//a"),
            ("file:///a%20b", "/a b"), ("file:///%41%c3%A9%25", "/A\u{E9}%"), ("file:///a%2Fb", "/a/b"), ("/a%20b", "/a%20b"),
            ("file:///a b", "/a b"),
        ])
    func paths(_ given: String, _ path: String) throws {
        #expect(try FileLocation(given, relativeTo: "/here").path == path)
        #expect(try FileLocation(given, relativeTo: "/here").scheme == "file")
    }

    @Test(arguments: [
        ("s3://b/out", "s3"), ("s3a://b", "s3a"), ("hdfs://host:9000/a", "hdfs"), ("hdfs:/a", "hdfs"), ("HTTP://h/a", "HTTP"),
        ("c:/a", "c"), ("view-fs.v1+x:/a", "view-fs.v1+x"), ("files:///a", "files"),
    ])
    func schemes(_ given: String, _ scheme: String) {
        let error = FileError.unknownScheme(path: given, scheme: scheme, known: FileSystems.schemes)
        #expect(fileError { () throws(FileError) in try FileLocation(given) } == error)
        #expect(fileError { () throws(FileError) in try InputLocations(given) } == error)
        #expect(fileError { () throws(FileError) in try InputLocations("/a, \(given)") } == error)
    }

    @Test(arguments: ["", "file:", "file:a", "file:a/b", "file://", "file://host", "file://host/a", "file:///a%", "file:///a%2", "file:///%zz", "file:///a%00b", "a\0b", "file:///\0"])
    func badPaths(_ given: String) {
        guard case .badPath(given, _) = fileError({ () throws(FileError) in try FileLocation(given) }) else {
            Issue.record("'\(given)' is taken")
            return
        }
    }

    @Test func currentDirectories() throws {
        let here = try currentDirectory()
        #expect(here.hasPrefix("/"))
        #expect(try FileLocation("a").path == here + "/a")
    }
}

/// Which files a list of paths names.
@Suite struct InputLocationTests {
    let directory = TemporaryDirectory()

    /// Names below the directory of the test, in which relative paths are.
    private func names(_ paths: String, in folder: String = "") throws(FileError) -> String {
        let base = directory.path + (folder.isEmpty ? "" : "/" + folder)
        let plan = try InputPlan.text(at: InputLocations(paths, relativeTo: base), minPartitions: 1)
        return plan.partitions.flatMap(\.self).map { String($0.path.dropFirst(base.utf8.count + 1)) }.joined(separator: " ")
    }

    private func write(_ names: String...) throws { for name in names { try directory.write(name, "1") } }

    @Test func relativeLists() throws {
        try write("a", "b", "c d", "sub/e", "sub/f")
        #expect(try names("a,b") == "a b")
        #expect(try names("a,  b") == "a b")
        #expect(try names("c d,sub") == "c d sub/e sub/f")
        #expect(try names("./sub/*,a") == "sub/e sub/f a")
        #expect(try names("{a,b},sub/{e,x}") == "a b sub/e")
        #expect(try names(".") == "a b c d")
        #expect(try names("a,file://\(directory.path)/c%20d") == "a c d")
        #expect(try names("file:\(directory.path)/s*/[ef]") == "sub/e sub/f")
    }

    /// A comma may belong to the name of a file.
    @Test func commasInNames() throws {
        try write("a,b", "a", "b", "x,y,z", "d, e", "sub,1/f", "g,h.gz", "k{l,m")
        #expect(try names("a,b") == "a,b", "the whole is a name")
        #expect(try names("b,a") == "b a")
        #expect(try names("x,y,z") == "x,y,z")
        #expect(try names("a,x,y,z,b") == "a x,y,z b")
        #expect(try names("x,y,z,a,b") == "x,y,z a b")
        #expect(try names("d, e") == "d, e")
        #expect(try names("b,d, e") == "b d, e")
        #expect(try names("sub,1,a") == "sub,1/f a")
        // The shortest names, unless there is no way on then.
        try write("n", "n,o", "o,p", "p")
        #expect(try names("n,o,p,b") == "n o,p b")
        #expect(try names("n,o,b") == "n,o b")
        #expect(try names("x\\,y*,b") == "x,y,z b")
        #expect(try names("k{l,m,a") == "k{l,m a")
        #expect(try names("file://\(directory.path)/x%2Cy%2cz,a") == "x,y,z a")
        let missing = fileError { () throws(FileError) in try names("a,x,y,q") }
        #expect(missing == .notFound(path: directory.path("x")))
        let long = fileError { () throws(FileError) in try names((0..<20_000).map { "n\($0)" }.joined(separator: ",")) }
        #expect(long == .notFound(path: directory.path("n0")))
    }

    /// A directory's name is no part of a pattern.
    @Test func patternsInDirectoriesWithPatternCharacters() throws {
        for folder in ["[ab]", "x{1,2}", "q?*", "back\\slash", "a"] {
            try write(folder + "/one.txt", folder + "/two.log")
            #expect(try names("*.txt", in: folder) == "one.txt", "\(folder)")
            #expect(try names("{one,two}.*", in: folder) == "one.txt two.log", "\(folder)")
            #expect(try names("one.txt,*.log", in: folder) == "one.txt two.log", "\(folder)")
        }
        // What a URI has escaped is no pattern either.
        try write("p*q", "pxq", "r[1]")
        #expect(try names("file://\(directory.path)/p%2Aq") == "p*q")
        #expect(try names("file://\(directory.path)/p*q") == "p*q", "a name that exists is that file")
        #expect(try names("file://\(directory.path)/?%5b1]") == "r[1]")
    }

    /// Lists of random names, some of which have commas: each is found by its own name, and lists of them whatever else their
    /// commas could mean.
    @Test(arguments: propertySeeds(20))
    func randomLists(_ seed: UInt64) throws {
        print("randomLists: MARTLET_SEED=\(seed)")
        var random = SeededGenerator(seed: seed)
        let letters = ["a", "b", ",", "{", "}", " "]
        var present: Set<String> = []
        for _ in 0..<8 {
            let name = (0..<random.int(1...5)).map { _ in letters[random.int(0...5)] }.joined()
            if name.allSatisfy({ $0 == " " }) { continue }
            present.insert(name)
            try write(name)
        }
        for name in present {
            // By its own name, each is found.
            #expect(try names(name) == name, "seed \(seed)")
        }
        let simple = present.filter { !$0.contains { "{} ".contains($0) } }.sorted()
        for first in simple {
            for second in simple {
                for third in simple {
                    let list = "\(first),\(second),\(third)"
                    let found = try names(list)
                    #expect(found.split(separator: " ").joined(separator: ",") == list, "seed \(seed)")
                }
            }
        }
    }

    @Test func missingFilesArePassedOver() throws {
        try write("a", "sub/b")
        directory.link("nowhere", as: "sub/dangling")
        let found = Reports()
        let lenient = UnreadableFiles(passesOverMissing: true, passesOverCorrupt: false) { found.add($0) }
        func paths(_ text: String) throws(FileError) -> [String] {
            let plan = try InputPlan.text(
                at: InputLocations(text, relativeTo: directory.path), minPartitions: 1, unreadable: lenient)
            return plan.partitions.flatMap(\.self).map(\.path)
        }
        #expect(try paths("none,a,nope*,sub") == [directory.path("a"), directory.path("sub/b")])
        #expect(found.take().map(\.path) == ["none", "nope*", "sub/dangling"].map(directory.path))
        #expect(try paths("none") == [])
        #expect(found.take().map(\.isMissing) == [true])
        let strict = UnreadableFiles(passesOverMissing: false, passesOverCorrupt: true) { found.add($0) }
        #expect(
            fileError { () throws(FileError) in
                try InputPlan.text(paths: directory.path("none"), minPartitions: 1, unreadable: strict)
            } == .notFound(path: directory.path("none")))
        #expect(found.take().isEmpty)
    }
}

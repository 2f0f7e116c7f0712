import Glibc
import Martlet
import MartletFiles
import TestSupport
import Testing

/// Texts that name no file, wherever a path is passed.
@Suite struct PathTests {
    private let context: MartletContext
    private let place = TemporaryDirectory()

    init() throws { context = try makeContext() }

    static let refused: [(path: String, reason: String)] = [
        ("s3://b/in", "s3://b/in: there is no file system for s3: paths, only for file:, memory:, shared:; use one of this machine, as /data or file:///data is"),
        ("hdfs:/in", "hdfs:/in: there is no file system for hdfs: paths"), ("HTTPS://h/a.gz", "no file system for HTTPS: paths"),
        ("a\0b", "a\\0b: it holds a zero byte"), ("file://host/in", "it names the host host"),
        ("file:in", "a file: URI has an absolute path, as file:///data/in has"), ("file:///in%", "% is followed by the two"),
    ]

    @Test(.localOnly, arguments: refused.indices)
    func everyCallRefuses(_ index: Int) async throws {
        let (path, reason) = Self.refused[index]
        let present = try place.write("present", "x\n")
        for list in [path, "\(present),\(path)"] {
            let calls: [(String, () async throws -> Void)] = [
                ("textFile", { _ = try await context.textFile(list, line: 9).count() }),
                ("textFile", { _ = try await context.textFile(list, delimiter: "x", line: 9).count() }),
                ("textFile", { _ = try await context.textFile(list, line: 9).map { $0 }.saveAsTextFile(place.path("out")) }),
                ("textLines", { _ = try await context.textLines(list, line: 9).count() }),
                ("wholeTextFiles", { _ = try await context.wholeTextFiles(list, line: 9).count() }),
                ("binaryFiles", { _ = try await context.binaryFiles(list, line: 9).count() }),
                ("binaryRecords", { _ = try await context.binaryRecords(list, as: Int.self, line: 9).count() }),
                ("binaryRecords", { _ = try await context.binaryRecords(list, length: 3, line: 9).count() }),
                ("objectFile", { _ = try await context.objectFile(list, of: Int.self, line: 9).count() }),
            ]
            for (operation, call) in calls { await expect(call, operation, reason) }
        }
        let calls = CallCounter()
        let numbers = context.range(0, 3).map { calls.add() + $0 }
        let saves: [(String, () async throws -> Void)] = [
            ("saveAsTextFile", { try await numbers.saveAsTextFile(path, line: 9) }),
            ("saveAsTextFile", { try await numbers.saveAsTextFile(path, codec: .gzip, line: 9) }),
            ("saveAsBinaryRecords", { try await numbers.saveAsBinaryRecords(path, line: 9) }),
            ("saveAsObjectFile", { try await numbers.saveAsObjectFile(path, line: 9) }),
            (
                "checkpoint",
                {
                    context.setCheckpointDirectory(path)
                    #expect(context.checkpointDirectory == nil)
                    _ = try await numbers.checkpoint(line: 9).count()
                }
            ),
        ]
        for (operation, save) in saves { await expect(save, operation, reason) }
        #expect(calls.count == 0, "nothing has run")
        #expect(place.names == ["present"])
        #expect(access("s3:", F_OK) != 0 && access("hdfs:", F_OK) != 0)
        // Another directory solves the problem.
        context.setCheckpointDirectory(place.path("kept"))
        #expect(try await context.range(0, 3).checkpoint().count() == 3)
    }

    private func expect(_ call: () async throws -> Void, _ operation: String, _ reason: String) async {
        let error = await failure { try await call() }
        let text = error.map { "\($0)" } ?? ""
        #expect(error is ArgumentError && text.hasPrefix("\(operation) at PathTests.swift:9: "), "\(operation): \(text)")
        #expect(text.contains(reason), "\(operation): \(text)")
    }

    @Test(.localOnly, arguments: ["martlet.local.dir", "martlet.checkpoint.dir"])
    func settings(_ name: String) throws {
        func error(_ value: String) -> String? {
            do {
                try MartletContext(master: "local", settings: Settings(parsing: ["\(name)=\(value)"])).stop()
                return nil
            } catch {
                return "\(error)"
            }
        }
        #expect(
            error("s3://b/scratch")
                == "\(name) can not be 's3://b/scratch'; accepted is a directory of this machine, as /scratch or file:///scratch is")
        if name == "martlet.local.dir" {
            #expect(error("shared:/scratch")?.hasPrefix("martlet.local.dir can not be 'shared:/scratch'; accepted is a directory of") == true)
        }
        #expect(error("file:scratch")?.hasPrefix("\(name) can not be 'file:scratch'") == true)
        #expect(error(place.path("a")) == nil)
        #expect(error("file:" + place.path("b")) == nil)
        let context = try MartletContext(
            master: "local", settings: Settings(parsing: ["martlet.local.dir=a,file:///b%20c", "martlet.checkpoint.dir=./kept"]))
        defer { context.stop() }
        let here = try currentDirectory()
        #expect(context.settings[.localDirectories] == [here + "/a", "/b c"])
        #expect(context.settings[.checkpointDirectory] == here + "/kept" && context.checkpointDirectory == here + "/kept")
    }

    /// URIs wherever a path is passed.
    @Test func fileURIs() async throws {
        let uri = "file://" + place.path("with%20blank,and%2Ccomma").replacing(",", with: "%2C")
        let path = place.path("with blank,and,comma")
        try await context.parallelize(["a", "b"], partitions: 2).saveAsTextFile(uri + "/text")
        #expect(place.names(in: "with blank,and,comma/text") == ["_SUCCESS", "part-00000", "part-00001"])
        for name in [uri + "/text", path + "/text", uri + "/text/part-*", "file:" + uri.dropFirst(7) + "/t%65xt"] {
            #expect(try await context.textFile(name).collect() == ["a", "b"], "\(name)")
            #expect(try await context.textFile(name, delimiter: "\n").collect() == ["a", "b"])
            #expect(try await context.textLines(name).map { String($0) }.collect() == ["a", "b"])
            #expect(try await context.wholeTextFiles(name).collect().map(\.0) == [0, 1].map { "\(path)/text/part-0000\($0)" })
            #expect(try await context.binaryFiles(name).collect().map(\.1) == [[97, 10], [98, 10]])
        }
        try await context.range(0, 3, partitions: 1).saveAsBinaryRecords(uri + "/records")
        #expect(try await context.binaryRecords(uri + "/records", as: Int.self).sum() == 3)
        #expect(try await context.binaryRecords(uri + "/records", length: 8).count() == 3)
        try await context.range(0, 3, partitions: 1).saveAsObjectFile(uri + "/objects")
        #expect(try await context.objectFile(uri + "/objects", of: Int.self).sum() == 3)
        try await context.emptyRDD(of: Int.self).saveAsObjectFile(uri + "/none")
        #expect(try await context.objectFile(uri + "/none", of: Int.self).count() == 0)
        context.setCheckpointDirectory(uri + "/kept")
        #expect(context.checkpointDirectory == path + "/kept")
        let kept = context.range(0, 3, partitions: 1).checkpoint()
        #expect(try await kept.sum() == 3 && kept.checkpointFile?.hasPrefix(path + "/kept/") == true)
    }

    @Test func emptyPaths() async throws {
        #expect(await failure { try await context.textFile("").count() } as? FileError == .notFound(path: ""))
        let error = await failure { try await context.range(0, 3).saveAsTextFile("", line: 9) }.map { "\($0)" }
        #expect(error == "saveAsTextFile at PathTests.swift:9: the path is empty: name a file or a directory")
    }
}

import MartletFiles
import TestFileSystems
import Testing

/// What committing promises, in every file system.
@Suite struct CommitContractTests {
    private func write(
        _ text: String, _ committer: OutputCommitter, _ partition: Int, _ attempt: Int, suffix: String = ""
    ) throws {
        let file = try committer.open(partition: partition, attempt: attempt, suffix: suffix)
        try file.write(Array(text.utf8).span)
        try file.close()
        try file.close()
    }

    /// What a reader of the output finds.
    private func visible(_ ground: Ground) throws -> [String] {
        try InputPlan.text(paths: ground.path("out"), minPartitions: 1).partitions.flatMap(\.self)
            .map { String($0.path.dropFirst(ground.path("out/").count)) }
    }

    private func isRefusal(_ error: FileError?, below path: String) -> Bool {
        switch error {
        case .writeFailed(let file, _), .commitFailed(let file, _, _), .notWritable(let file, _): file.hasPrefix(path)
        default: false
        }
    }

    @Test(arguments: Ground.Kind.allCases)
    func outputIsThereWhenItIsFinished(_ kind: Ground.Kind) throws {
        let ground = Ground(kind)
        // Driver and executors have one each.
        func committer() -> OutputCommitter { OutputCommitter(directory: ground.path("out/")) }
        try committer().begin()
        #expect(fileError { () throws(FileError) in try committer().begin() } == .outputExists(path: ground.path("out")))
        #expect(try visible(ground) == [])
        try write("zero", committer(), 0, 0)
        try write("one", committer(), 1, 0, suffix: ".gz")
        #expect(try visible(ground) == [], "nothing is committed")
        #expect(try committer().commit(partition: 0, attempt: 0))
        #expect(try committer().commit(partition: 1, attempt: 0, suffix: ".gz"))
        #expect(try !InputLocations(ground.path("out")).areFinishedOutput)
        try committer().finish(synchronizes: true)
        #expect(try InputLocations(ground.path("out")).areFinishedOutput)
        #expect(try ground.listing(of: "out") == ["_SUCCESS", "part-00000", "part-00001.gz"].map { "out/" + $0 })
        #expect(try ground.bytes(of: "out/part-00000") == Array("zero".utf8))
        #expect(committer().partPath(1, ".gz") == ground.path("out/part-00001.gz"))
        try committer().finish()
        try committer().abandon()
        #expect(try ground.listing(of: "out").count == 3, "a finished output is not abandoned")
        let late = fileError { () throws(FileError) in try committer().open(partition: 2, attempt: 0) }
        #expect(isRefusal(late, below: ground.path("out")), "\(String(describing: late))")
        #expect(fileError { () throws(FileError) in try committer().begin() } == .outputExists(path: ground.path("out")))
    }

    @Test(arguments: Ground.Kind.allCases)
    func theFirstCommitWins(_ kind: Ground.Kind) throws {
        let ground = Ground(kind)
        let committer = OutputCommitter(directory: ground.path("deep/er/out"))
        try committer.begin()
        try write("first", committer, 7, 0)
        try write("second", committer, 7, 1)
        #expect(try committer.commit(partition: 7, attempt: 1))
        for attempt in [0, 0, 1] { #expect(try !committer.commit(partition: 7, attempt: attempt), "\(attempt)") }
        // An attempt that begins again does not reach what is committed.
        try write("late", committer, 7, 1)
        #expect(try !committer.commit(partition: 7, attempt: 1))
        #expect(try ground.bytes(of: "deep/er/out/part-00007") == Array("second".utf8))
        let none = fileError { () throws(FileError) in try committer.commit(partition: 8, attempt: 0) }
        #expect(isRefusal(none, below: ground.path("deep/er/out")), "\(String(describing: none))")
    }

    @Test(arguments: Ground.Kind.allCases)
    func attemptsThatEndWithoutACommitLeaveNothing(_ kind: Ground.Kind) throws {
        let ground = Ground(kind)
        let committer = OutputCommitter(directory: ground.path("out"))
        try committer.begin()
        try write("aborted", committer, 0, 0)
        try committer.abort(partition: 0, attempt: 0)
        try committer.abort(partition: 0, attempt: 0)
        let aborted = fileError { () throws(FileError) in try committer.commit(partition: 0, attempt: 0) }
        #expect(isRefusal(aborted, below: ground.path("out")))
        // Attempts that crash, one in the middle of its file and one before its commit.
        let half = try committer.open(partition: 1, attempt: 0)
        try half.write(Array("half".utf8).span)
        try write("whole", committer, 2, 0)
        #expect(try visible(ground) == [])
        // The same attempt again replaces what it wrote.
        try write("again", committer, 2, 0)
        #expect(try committer.commit(partition: 2, attempt: 0))
        try committer.finish()
        #expect(try ground.listing(of: "out") == ["out/_SUCCESS", "out/part-00002"])
        #expect(try ground.bytes(of: "out/part-00002") == Array("again".utf8))
        try half.close()
        #expect(try ground.listing(of: "out") == ["out/_SUCCESS", "out/part-00002"])
    }

    @Test(arguments: Ground.Kind.allCases)
    func abandonedOutputIsGone(_ kind: Ground.Kind) throws {
        let ground = Ground(kind)
        let committer = OutputCommitter(directory: ground.path("out"))
        try committer.begin()
        try write("a", committer, 0, 0)
        try committer.commit(partition: 0, attempt: 0)
        let open = try committer.open(partition: 1, attempt: 0)
        try committer.abandon()
        #expect(try ground.system.entry(at: ground.path("out")) == nil)
        try open.write([1].span)
        try open.close()
        try committer.abandon()
        let late = fileError { () throws(FileError) in try committer.open(partition: 2, attempt: 0) }
        #expect(isRefusal(late, below: ground.path("out")))
        #expect(try ground.system.entry(at: ground.path("out")) == nil)
        // Another job may write there, and leaves what is not its own.
        try committer.begin()
        try ground.write("out/notes", "mine".utf8)
        try committer.abandon()
        #expect(try ground.listing(of: "out") == ["out/notes"])
    }

    @Test(arguments: Ground.Kind.allCases, Codec.allCases)
    func writtenFilesAreRead(_ kind: Ground.Kind, _ codec: Codec) throws {
        let ground = Ground(kind)
        let committer = OutputCommitter(directory: ground.path("out"))
        try committer.begin()
        let text = (0..<20_000).flatMap { Array("\($0)\n".utf8) }
        let file = try committer.open(partition: 0, attempt: 0, suffix: codec.fileSuffix)
        let writer = CompressedWriter(file, codec: codec)
        for start in stride(from: 0, to: text.count, by: 10_000) {
            try writer.write(Array(text[start..<min(text.count, start + 10_000)]).span)
        }
        try writer.close()
        try committer.commit(partition: 0, attempt: 0, suffix: codec.fileSuffix)
        try committer.finish()
        #expect(try readAllLines(InputPlan.text(paths: ground.path("out"), minPartitions: 2)).flatMap(\.bytes) == text)
    }
}

import Glibc
import MartletFiles
import Testing

@Suite struct OutputCommitterTests {
    let directory = TemporaryDirectory()

    private func begun(_ name: String = "out") throws -> OutputCommitter {
        let committer = OutputCommitter(directory: directory.path(name))
        try committer.begin()
        return committer
    }

    private func write(
        _ text: String, _ committer: OutputCommitter, _ partition: Int, _ attempt: Int, suffix: String = ""
    ) throws {
        let writer = try committer.open(partition: partition, attempt: attempt, suffix: suffix)
        try writer.write(Array(text.utf8).span)
        try writer.close()
    }

    @Test func wholeJob() throws {
        let committer = try begun("deep/er/out/")
        try write("zero", committer, 0, 0)
        try write("large", committer, 123_456, 0)
        #expect(try committer.commit(partition: 0, attempt: 0))
        #expect(try committer.commit(partition: 123_456, attempt: 0))
        #expect(directory.names(in: "deep/er/out") == ["_temporary", "part-00000", "part-123456"])
        try committer.finish()
        #expect(directory.names(in: "deep/er/out") == ["_SUCCESS", "part-00000", "part-123456"])
        #expect(directory.text(of: "deep/er/out/part-00000") == "zero")
        #expect(directory.text(of: "deep/er/out/_SUCCESS") == "")
        let plan = try InputPlan.text(paths: directory.path("deep/er/out"), minPartitions: 1)
        #expect(plan.totalBytes == 9)
        try committer.finish()
        try committer.abandon()
        #expect(directory.names(in: "deep/er/out")?.count == 3, "a finished output is not abandoned")
    }

    @Test func firstCommitWins() throws {
        let committer = try begun()
        try write("first", committer, 7, 0)
        try write("second", committer, 7, 1)
        #expect(try committer.commit(partition: 7, attempt: 1))
        #expect(try !committer.commit(partition: 7, attempt: 0))
        #expect(try !committer.commit(partition: 7, attempt: 0), "again")
        #expect(try !committer.commit(partition: 7, attempt: 1), "again")
        #expect(directory.text(of: "out/part-00007") == "second")
        #expect(directory.names(in: "out/_temporary") == [])
    }

    @Test func suffix() throws {
        let committer = try begun()
        try write("text", committer, 1, 0, suffix: ".zst")
        #expect(try committer.commit(partition: 1, attempt: 0, suffix: ".zst"))
        #expect(directory.names(in: "out") == ["_temporary", "part-00001.zst"])
    }

    /// A late attempt that opens its file again must not reach the committed one.
    @Test func openAfterCommitLeavesTheOutputAlone() throws {
        let committer = try begun()
        try write("output", committer, 0, 0)
        try committer.commit(partition: 0, attempt: 0)
        try write("x", committer, 0, 0)
        #expect(directory.text(of: "out/part-00000") == "output")
        try write("y", committer, 0, 0)
        try committer.abort(partition: 0, attempt: 0)
        try committer.abort(partition: 0, attempt: 0)
        #expect(directory.names(in: "out/_temporary") == [])
    }

    @Test func abandonRemovesWhatTheJobMade() throws {
        let committer = try begun()
        try write("a", committer, 0, 0)
        try committer.commit(partition: 0, attempt: 0)
        let open = try committer.open(partition: 1, attempt: 0)
        try committer.abandon()
        #expect(directory.names(in: "out") == nil)
        try open.write([UInt8]([1]).span)
        try open.close()
        try committer.abandon()
        let path = directory.path("out/_temporary/part-00002-attempt-0")
        let late = fileError { () throws(FileError) in try committer.open(partition: 2, attempt: 0) }
        #expect(late == .writeFailed(path: path, code: ENOENT))
    }

    @Test func abandonLeavesForeignFiles() throws {
        let committer = try begun()
        try directory.write("out/notes.txt", "mine")
        try committer.abandon()
        #expect(directory.names(in: "out") == ["notes.txt"])
    }

    @Test func finishRemovesUnfinishedAttempts() throws {
        let committer = try begun()
        try write("left", committer, 3, 2)
        try committer.finish()
        #expect(directory.names(in: "out") == ["_SUCCESS"])
    }

    @Test func existingOutputIsRefused() throws {
        directory.makeDirectory(directory.path("empty"))
        try directory.write("file", "1")
        directory.link("nowhere", as: "dangling")
        for name in ["empty", "file", "dangling"] {
            let committer = OutputCommitter(directory: directory.path(name))
            #expect(
                fileError { () throws(FileError) in try committer.begin() }
                    == .outputExists(path: directory.path(name)))
        }
        #expect(directory.names(in: "empty") == [])
        let committer = OutputCommitter(directory: directory.path("file/out"))
        let error = fileError { () throws(FileError) in try committer.begin() }
        #expect(
            error == .commitFailed(path: directory.path("file/out"), step: .createDirectory, code: ENOTDIR))
        let unnamed = fileError { () throws(FileError) in try OutputCommitter(directory: "").begin() }
        #expect(unnamed == .commitFailed(path: "", step: .createDirectory, code: ENOENT))
    }

    @Test func commitWithoutAFile() throws {
        let committer = try begun()
        let error = fileError { () throws(FileError) in try committer.commit(partition: 0, attempt: 0) }
        #expect(error == .commitFailed(path: directory.path("out/part-00000"), step: .publish, code: ENOENT))
    }
}

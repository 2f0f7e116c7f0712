/// Writes the output of a job so that a reader sees each partition once and whole, or not at all.
///
/// Every attempt of a task writes a file of its own, where no reader looks; the first attempt that commits gives its content
/// to the partition's file, all others are dropped. `_SUCCESS` stands for "all partitions are here".
///
///     begin ── open, write, close, commit or abort (each attempt, anywhere) ── finish or abandon
///
/// The committer is a value without state, which travels: driver and executors each ask the file system of the directory.
package struct OutputCommitter: Sendable {
    /// The output directory, without a slash at its end.
    package let directory: String

    /// - Parameter directory: the path of a `FileLocation`.
    package init(directory: String) {
        let rootBytes = directory.hasPrefix("/") ? 1 : PathText.scheme(of: directory).map { $0.utf8.count + 2 } ?? 1
        var rest = directory.utf8[...]
        while rest.count > rootBytes, rest.last == UInt8(ascii: "/") { rest = rest.dropLast() }
        self.directory = String(Substring(rest))
    }

    /// Where a partition's file is once it is committed.
    package func partPath(_ partition: Int, _ suffix: String = "") -> String {
        directory + "/" + Self.partName(partition) + suffix
    }

    /// `part-` and the partition with at least five digits.
    package static func partName(_ partition: Int) -> String {
        let digits = String(partition)
        return "part-" + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// What a finished output holds besides its parts.
    package static let successName = "_SUCCESS"

    private func committer() throws(FileError) -> any OutputCommitting { try FileSystems.of(directory).committer(of: directory) }

    private func check(_ partition: Int, _ attempt: Int, _ suffix: String) {
        precondition(partition >= 0 && attempt >= 0, "partitions and attempts count from 0")
        precondition(!suffix.utf8.contains(UInt8(ascii: "/")), "a suffix is a part of a file name")
    }

    /// Creates the output directory, with the parents that are missing.
    ///
    /// - Throws: `outputExists` when anything has its name, an empty directory too; `commitFailed`, `notWritable`. After a
    ///   failure nothing of this job is there, except parents, and `abandon` must not be called: the output
    ///   may be another job's.
    package func begin() throws(FileError) { try committer().begin() }

    /// Opens the file of an attempt. An unfinished file of the same attempt is replaced.
    ///
    /// - Parameter suffix: the end of the file's name, such as `.zst`. `commit` and `abort` need the same.
    /// - Throws: `writeFailed`, `notWritable`, also when the job was finished or abandoned; `commitFailed`.
    package func open(partition: Int, attempt: Int, suffix: String = "") throws(FileError) -> any OutputFile {
        check(partition, attempt, suffix)
        return try committer().open(partition: partition, attempt: attempt, suffix: suffix)
    }

    /// Makes the closed file of an attempt the partition's output, unless the partition has one: then the
    /// file is removed.
    ///
    /// - Returns: whether this call made the output. Committing again is harmless.
    /// - Throws: `commitFailed`, `notWritable`: when to try again, with a new attempt, is the caller's decision.
    @discardableResult
    package func commit(partition: Int, attempt: Int, suffix: String = "") throws(FileError) -> Bool {
        check(partition, attempt, suffix)
        return try committer().commit(partition: partition, attempt: attempt, suffix: suffix)
    }

    /// Removes the file of an attempt, if there is one.
    ///
    /// - Throws: `commitFailed`, `notWritable`; the file is removed with the job's other files at its end.
    package func abort(partition: Int, attempt: Int, suffix: String = "") throws(FileError) {
        check(partition, attempt, suffix)
        try committer().abort(partition: partition, attempt: attempt, suffix: suffix)
    }

    /// Removes what attempts left and writes `_SUCCESS`. The output is complete.
    ///
    /// - Parameter synchronizes: whether to wait until the names of the files and of the directory survive a loss of power.
    /// - Throws: `commitFailed`, `writeFailed`, `notWritable`. Calling it again is harmless.
    package func finish(synchronizes: Bool = false) throws(FileError) { try committer().finish(synchronizes: synchronizes) }

    /// Removes the job's files and, if nothing else is in it, the output directory. Parents stay.
    ///
    /// Does nothing when the job was finished or abandoned before.
    /// - Throws: `commitFailed`, `notWritable`. Calling it again is harmless.
    package func abandon() throws(FileError) { try committer().abandon() }

    /// Whether a job has written its output here, to the end.
    static func isFinished(_ directory: String) -> Bool {
        (try? FileSystems.of(directory).entry(at: directory + "/" + successName)) != nil
    }
}

import Glibc

/// Writes the output of a job so that a reader sees each partition once and whole, or not at all.
///
/// Every attempt of a task writes a file of its own under `_temporary`; the first attempt that commits gives
/// its file the partition's name, all others are dropped. `_SUCCESS` stands for "all partitions are here".
///
///     begin ── open, write, close, commit or abort (each attempt, anywhere) ── finish or abandon
///
/// The committer is a value without state: driver and executors each make one for the same (shared)
/// directory.
public struct OutputCommitter: Sendable {
    /// The output directory, without a slash at its end.
    public let directory: String

    public init(directory: String) {
        var directory = directory
        while directory.count > 1 && directory.hasSuffix("/") { directory.removeLast() }
        self.directory = directory
    }

    /// Creates the output directory, with the parents that are missing.
    ///
    /// - Throws: `outputExists` when anything has its name, an empty directory too; `commitFailed`. After a
    ///   failure nothing of this job is there, except parents, and `abandon` must not be called: the output
    ///   may be another job's.
    public func begin() throws(FileError) {
        if directory.isEmpty { throw .commitFailed(path: directory, step: .createDirectory, code: ENOENT) }
        if FileStatus.isTaken(directory) { throw .outputExists(path: directory) }
        try createParents()
        var code = PathCalls.makeDirectory(directory)
        if code == EEXIST { throw .outputExists(path: directory) }
        guard code == 0 else { throw .commitFailed(path: directory, step: .createDirectory, code: code) }
        code = PathCalls.makeDirectory(temporary)
        guard code == 0 else {
            _ = PathCalls.removeDirectory(directory)
            throw .commitFailed(path: temporary, step: .createDirectory, code: code)
        }
    }

    /// Opens the file of an attempt. An unfinished file of the same attempt is replaced.
    ///
    /// - Parameter suffix: the end of the file's name, such as `.zst`. `commit` and `abort` need the same.
    /// - Throws: `writeFailed`, also when the job was finished or abandoned; `commitFailed`.
    public func open(partition: Int, attempt: Int, suffix: String = "") throws(FileError) -> FileWriter {
        let path = attemptPath(partition, attempt, suffix)
        // A new file, never the old one emptied: that may have become the output between its two names.
        try remove(path)
        return try FileWriter(creatingNew: path)
    }

    /// Makes the closed file of an attempt the partition's output, unless the partition has one: then the
    /// file is removed.
    ///
    /// - Returns: whether this call made the output. Committing again is harmless.
    /// - Throws: `commitFailed`: when to try again, with a new attempt, is the caller's decision.
    @discardableResult
    public func commit(partition: Int, attempt: Int, suffix: String = "") throws(FileError) -> Bool {
        let source = attemptPath(partition, attempt, suffix)
        let target = partPath(partition, suffix)
        // A link fails where a rename would replace: the first commit wins, whatever other machines do
        // meanwhile.
        let code = PathCalls.linkFile(source, to: target)
        switch code {
        case 0:
            try remove(source)
            return true
        case EEXIST:
            try remove(source)
            return false
        case ENOENT where FileStatus.isTaken(target):
            return false
        case EPERM, EOPNOTSUPP, ENOSYS, EMLINK:
            return try commitWithoutLinks(source, target)
        default:
            throw .commitFailed(path: target, step: .publish, code: code)
        }
    }

    /// Removes the file of an attempt, if there is one.
    ///
    /// - Throws: `commitFailed`; the file is removed with the job's other files at its end.
    public func abort(partition: Int, attempt: Int, suffix: String = "") throws(FileError) {
        try remove(attemptPath(partition, attempt, suffix))
    }

    /// Removes what attempts left and writes `_SUCCESS`. The output is complete.
    ///
    /// - Parameter synchronizes: whether to wait until the disk has the names of the files and of the directory.
    /// - Throws: `commitFailed`, `writeFailed`. Calling it again is harmless.
    public func finish(synchronizes: Bool = false) throws(FileError) {
        try removeTemporary()
        let success = try FileWriter(creating: directory + "/_SUCCESS")
        if synchronizes { try success.synchronize() }
        try success.close()
        guard synchronizes else { return }
        let code = PathCalls.synchronizeDirectory(directory)
        guard code == 0 else { throw .commitFailed(path: directory, step: .synchronize, code: code) }
        // Those that were there before may belong to somebody else: as far as the system lets us.
        for parent in parents { _ = PathCalls.synchronizeDirectory(parent) }
    }

    /// Whether a job has written its output here, to the end.
    static func isFinished(_ directory: String) -> Bool { FileStatus.isTaken(directory + "/_SUCCESS") }

    /// Removes the job's files and, if nothing else is in it, the output directory. Parents stay.
    ///
    /// Does nothing when the job was finished or abandoned before: `_temporary` is the mark of a job under
    /// way.
    /// - Throws: `commitFailed`. Calling it again is harmless.
    public func abandon() throws(FileError) {
        guard FileStatus.isTaken(temporary) else { return }
        for name in try list(directory) where name.hasPrefix("part-") {
            try remove(directory + "/" + name)
        }
        try removeTemporary()
        let code = PathCalls.removeDirectory(directory)
        guard [0, ENOENT, ENOTEMPTY, EEXIST].contains(code) else {
            throw .commitFailed(path: directory, step: .remove, code: code)
        }
    }
}

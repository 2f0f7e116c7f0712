import Glibc

/// Commits output to a directory of this machine, or one that looks so to all that write to it.
///
/// Every attempt of a task writes a file of its own under `_temporary`; the first attempt that commits gives
/// its file the partition's name, all others are dropped.
struct LocalCommitter: OutputCommitting {
    let directory: String

    func begin() throws(FileError) {
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

    func open(partition: Int, attempt: Int, suffix: String) throws(FileError) -> any OutputFile {
        let path = attemptPath(partition, attempt, suffix)
        // A new file, never the old one emptied: that may have become the output between its two names.
        try remove(path)
        return try FileWriter(creatingNew: path)
    }

    func commit(partition: Int, attempt: Int, suffix: String) throws(FileError) -> Bool {
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

    func abort(partition: Int, attempt: Int, suffix: String) throws(FileError) {
        try remove(attemptPath(partition, attempt, suffix))
    }

    func finish(synchronizes: Bool) throws(FileError) {
        try removeTemporary()
        let success = try FileWriter(creating: directory + "/" + OutputCommitter.successName)
        if synchronizes { try success.synchronize() }
        try success.close()
        guard synchronizes else { return }
        let code = PathCalls.synchronizeDirectory(directory)
        guard code == 0 else { throw .commitFailed(path: directory, step: .synchronize, code: code) }
        // Those that were there before may belong to somebody else: as far as the system lets us.
        for parent in parents { _ = PathCalls.synchronizeDirectory(parent) }
    }

    func abandon() throws(FileError) {
        // The mark of a job under way.
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

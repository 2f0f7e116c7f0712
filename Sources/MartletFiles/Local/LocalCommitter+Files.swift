import Glibc

/// Names and single steps on files.
extension LocalCommitter {
    var temporary: String { directory + "/_temporary" }

    func partPath(_ partition: Int, _ suffix: String) -> String {
        directory + "/" + OutputCommitter.partName(partition) + suffix
    }

    func attemptPath(_ partition: Int, _ attempt: Int, _ suffix: String) -> String {
        "\(temporary)/\(OutputCommitter.partName(partition))-attempt-\(attempt)\(suffix)"
    }

    /// For file systems without hard links: here two attempts that commit at the same moment may both rename.
    func commitWithoutLinks(_ source: String, _ target: String) throws(FileError) -> Bool {
        if FileStatus.isTaken(target) {
            try remove(source)
            return false
        }
        let code = PathCalls.renameFile(source, to: target)
        guard code == 0 else { throw .commitFailed(path: target, step: .publish, code: code) }
        return true
    }

    /// The directories that lead to the output's, the nearest first.
    var parents: [String] {
        var parents: [String] = []
        var rest = directory[...]
        while let slash = rest.lastIndex(of: "/"), slash > rest.startIndex {
            rest = rest[..<slash]
            parents.append(String(rest))
        }
        return parents
    }

    func createParents() throws(FileError) {
        for parent in parents.reversed() {
            let code = PathCalls.makeDirectory(parent)
            guard code == 0 || FileStatus.isTaken(parent) else {
                throw .commitFailed(path: parent, step: .createDirectory, code: code)
            }
        }
    }

    func list(_ path: String) throws(FileError) -> [String] {
        do {
            return try directoryEntries(of: path)
        } catch {
            if error.code == ENOENT { return [] }
            throw .commitFailed(path: path, step: .list, code: error.code)
        }
    }

    func remove(_ path: String) throws(FileError) {
        let code = PathCalls.removeFile(path)
        guard code == 0 || code == ENOENT else { throw .commitFailed(path: path, step: .remove, code: code) }
    }

    /// An attempt that still runs may open a file while its directory is being emptied: so a few rounds.
    func removeTemporary() throws(FileError) {
        var code: Int32 = 0
        for _ in 0..<Self.removeRounds {
            for name in try list(temporary) { try remove(temporary + "/" + name) }
            code = PathCalls.removeDirectory(temporary)
            if code == 0 || code == ENOENT { return }
            guard code == ENOTEMPTY || code == EEXIST else { break }
        }
        throw .commitFailed(path: temporary, step: .remove, code: code)
    }

    private static let removeRounds = 8
}

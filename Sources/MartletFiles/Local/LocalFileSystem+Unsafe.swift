// Unsafe: `pread` is handed on.

import Glibc

/// The files of this machine, and of what looks so to it, such as a network's.
struct LocalFileSystem: FileSystem {
    func entry(at path: String) throws(FileError) -> FileEntry? {
        switch FileStatus.following(path) {
        case .success(let status): return FileEntry(path, status)
        case .failure(let error) where error.isAbsence: return nil
        case .failure(let error): throw .cannotRead(path, error.code)
        }
    }

    func entries(in directory: String) throws(FileError) -> [FileEntry] {
        let names: [String]
        do {
            names = try directoryEntries(of: directory)
        } catch {
            throw error.code == ENOENT ? .notFound(path: directory) : .cannotRead(directory, error.code)
        }
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        return names.map { FileEntry(found: prefix + $0) }
    }

    func entries(matching pattern: String) throws(FileError) -> [FileEntry] {
        try pathsMatching(pattern).map { FileEntry(found: $0) }
    }

    func open(_ split: InputSplit) throws(FileError) -> any InputFile { try LocalInputFile.open(split) }

    func open(_ path: String) throws(FileError) -> any InputFile { unsafe try LocalInputFile.open(path, read: pread) }

    func committer(of directory: String) -> any OutputCommitting { LocalCommitter(directory: directory) }
}

extension FileEntry {
    /// Something whose name was found a moment ago.
    fileprivate init(found path: String) {
        switch FileStatus.following(path) {
        case .success(let status): self.init(path, status)
        case .failure(let error):
            self.init(path: path, kind: .unreadable(error.isAbsence ? .notFound(path: path) : .cannotRead(path, error.code)))
        }
    }

    fileprivate init(_ path: String, _ status: FileStatus) {
        self.init(path: path, kind: Self.kind(path, status))
    }

    private static func kind(_ path: String, _ status: FileStatus) -> Kind {
        switch status.kind {
        case .directory: return .directory
        case .other: return .unreadable(.notReadable(path: path, reason: "not a regular file"))
        case .regular:
            let code = PathCalls.checkReadable(path)
            return code == 0 ? .file(size: status.size) : .unreadable(.notReadable(path: path, reason: systemErrorText(code)))
        }
    }
}

extension SystemError {
    /// Whether there is nothing with the path.
    fileprivate var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
}

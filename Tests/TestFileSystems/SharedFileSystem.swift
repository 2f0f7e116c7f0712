package import MartletFiles

/// The files of this machine under another scheme, `shared:/directory/file`, which says of each 4 KiB on which host they are:
/// as a file system of a cluster would, that all processes can reach.
package struct SharedFileSystem: FileSystem {
    package static let scheme = "shared"
    package static let blockBytes = 4 << 10

    private var local: any FileSystem {
        guard let local = FileSystems.named("file") else { preconditionFailure("files of this machine have a file system") }
        return local
    }

    package init() {}

    /// The host of a block of a file.
    package static func host(ofBlock index: Int) -> String { "host-\(index % 3)" }

    package func entry(at path: String) throws(FileError) -> FileEntry? {
        try named { () throws(FileError) in try local.entry(at: inside(path)) }.map(entry)
    }

    package func entries(in directory: String) throws(FileError) -> [FileEntry] {
        try named { () throws(FileError) in try local.entries(in: inside(directory)) }.map(entry)
    }

    package func entries(matching pattern: String) throws(FileError) -> [FileEntry] {
        try named { () throws(FileError) in try local.entries(matching: inside(pattern)) }.map(entry)
    }

    package func open(_ split: InputSplit) throws(FileError) -> any InputFile {
        let inner = InputSplit(
            path: inside(split.path), offset: split.offset, length: split.length, fileSize: split.fileSize, codec: split.codec)
        return SharedFile(try named { () throws(FileError) in try local.open(inner) })
    }

    package func open(_ path: String) throws(FileError) -> any InputFile {
        SharedFile(try named { () throws(FileError) in try local.open(inside(path)) })
    }

    package func committer(of directory: String) -> any OutputCommitting {
        SharedCommitter(inner: local.committer(of: inside(directory)))
    }

    private func entry(_ entry: FileEntry) -> FileEntry {
        var blocks: [FileBlock] = []
        var kind = entry.kind
        switch entry.kind {
        case .directory: break
        case .unreadable(let error): kind = .unreadable(named(error))
        case .file(let size):
            for (index, start) in stride(from: 0, to: size, by: Self.blockBytes).enumerated() {
                blocks.append(FileBlock(start..<min(size, start + Self.blockBytes), hosts: [Self.host(ofBlock: index)]))
            }
        }
        return FileEntry(path: outside(entry.path), kind: kind, blocks: blocks)
    }
}

private func inside(_ path: String) -> String { String(path.dropFirst(SharedFileSystem.scheme.count + 1)) }

private func outside(_ path: String) -> String { SharedFileSystem.scheme + ":" + path }

/// An error that names the file as its user does.
private func named(_ error: FileError) -> FileError {
    switch error {
    case .notFound(let path): .notFound(path: outside(path))
    case .notReadable(let path, let reason): .notReadable(path: outside(path), reason: reason)
    case .changed(let path, let planned, let size): .changed(path: outside(path), plannedSize: planned, size: size)
    case .outputExists(let path): .outputExists(path: outside(path))
    case .writeFailed(let path, let code): .writeFailed(path: outside(path), code: code)
    case .commitFailed(let path, let step, let code): .commitFailed(path: outside(path), step: step, code: code)
    default: error
    }
}

private func named<Result>(_ body: () throws(FileError) -> Result) throws(FileError) -> Result {
    do {
        return try body()
    } catch {
        throw named(error)
    }
}

private final class SharedFile: InputFile {
    private let inner: any InputFile

    init(_ inner: any InputFile) { self.inner = inner }

    var path: String { outside(inner.path) }
    var size: Int { inner.size }

    func read(into space: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        try named { () throws(FileError) in try inner.read(into: space, at: offset) }
    }
}

private final class SharedOutput: OutputFile {
    private let inner: any OutputFile

    init(_ inner: any OutputFile) { self.inner = inner }

    var path: String { outside(inner.path) }

    func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        try named { () throws(FileError) in try inner.write(bytes) }
    }

    func synchronize() throws(FileError) { try named { () throws(FileError) in try inner.synchronize() } }
    func close() throws(FileError) { try named { () throws(FileError) in try inner.close() } }
}

private struct SharedCommitter: OutputCommitting {
    let inner: any OutputCommitting

    func begin() throws(FileError) { try named { () throws(FileError) in try inner.begin() } }

    func open(partition: Int, attempt: Int, suffix: String) throws(FileError) -> any OutputFile {
        SharedOutput(
            try named { () throws(FileError) in try inner.open(partition: partition, attempt: attempt, suffix: suffix) })
    }

    func commit(partition: Int, attempt: Int, suffix: String) throws(FileError) -> Bool {
        try named { () throws(FileError) in try inner.commit(partition: partition, attempt: attempt, suffix: suffix) }
    }

    func abort(partition: Int, attempt: Int, suffix: String) throws(FileError) {
        try named { () throws(FileError) in try inner.abort(partition: partition, attempt: attempt, suffix: suffix) }
    }

    func finish(synchronizes: Bool) throws(FileError) {
        try named { () throws(FileError) in try inner.finish(synchronizes: synchronizes) }
    }

    func abandon() throws(FileError) { try named { () throws(FileError) in try inner.abandon() } }
}

import Glibc
package import MartletFiles
import Synchronization

/// Files in the memory of this process, without a call of the system: `memory:/directory/file`. Directories are there once
/// something is in them.
package final class MemoryFileSystem: FileSystem {
    package static let scheme = "memory"
    package static let shared = MemoryFileSystem()

    struct State {
        var files: [String: [UInt8]] = [:]
        var directories: Set<String> = [MemoryFileSystem.scheme + ":"]
        var blocks: [String: [FileBlock]] = [:]
        /// The attempts of each job that is under way, by its directory.
        var jobs: [String: [MemoryAttempt: [UInt8]]] = [:]

        mutating func makeDirectory(_ path: String) {
            directories.insert(path)
            for parent in parents(of: path) { directories.insert(parent) }
        }

        func entry(_ path: String) -> FileEntry? {
            if let bytes = files[path] {
                FileEntry(path: path, kind: .file(size: bytes.count), blocks: blocks[path] ?? [])
            } else if directories.contains(path) {
                FileEntry(path: path, kind: .directory)
            } else {
                nil
            }
        }

        var paths: [String] { (Array(files.keys) + directories).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
    }

    let state = Mutex(State())

    /// Writes a file, and makes the directories that lead to it.
    package func write(_ path: String, _ bytes: [UInt8], blocks: [FileBlock] = []) {
        state.withLock { state in
            for parent in parents(of: path) { state.directories.insert(parent) }
            state.files[path] = bytes
            state.blocks[path] = blocks
        }
    }

    package func makeDirectory(_ path: String) { state.withLock { $0.makeDirectory(path) } }

    package func bytes(of path: String) -> [UInt8]? { state.withLock { $0.files[path] } }

    package func remove(_ path: String) { state.withLock { _ = $0.files.removeValue(forKey: path) } }

    package func entry(at path: String) throws(FileError) -> FileEntry? {
        let path = withoutSlash(path)
        return state.withLock { $0.entry(path) }
    }

    package func entries(in directory: String) throws(FileError) -> [FileEntry] {
        let directory = withoutSlash(directory)
        guard let entry = try entry(at: directory) else { throw .notFound(path: directory) }
        guard entry.kind == .directory else { throw .notReadable(path: directory, reason: "not a directory") }
        return state.withLock { state in
            state.paths.filter { parents(of: $0).first == directory }.compactMap(state.entry)
        }
    }

    package func entries(matching pattern: String) throws(FileError) -> [FileEntry] {
        let patterns = alternatives(of: Array(pattern.utf8)[...]).map { String(decoding: $0, as: UTF8.self) }
        return state.withLock { state in
            state.paths.filter { path in patterns.contains { fnmatch($0, path, FNM_PATHNAME | FNM_PERIOD) == 0 } }
                .compactMap(state.entry)
        }
    }

    package func open(_ split: InputSplit) throws(FileError) -> any InputFile {
        let file = try open(split.path)
        guard file.size >= split.fileSize else {
            throw .changed(path: split.path, plannedSize: split.fileSize, size: file.size)
        }
        return MemoryFile(path: split.path, Array(try content(split.path).prefix(split.fileSize)))
    }

    package func open(_ path: String) throws(FileError) -> any InputFile { MemoryFile(path: path, try content(path)) }

    private func content(_ path: String) throws(FileError) -> [UInt8] {
        if let bytes = bytes(of: path) { return bytes }
        guard try entry(at: path) != nil else { throw .notFound(path: path) }
        throw .notReadable(path: path, reason: "a directory")
    }

    package func committer(of directory: String) -> any OutputCommitting { MemoryCommitter(self, directory) }
}

/// The nearest first.
private func parents(of path: String) -> [String] {
    var parents: [String] = []
    var rest = path[...]
    while let slash = rest.lastIndex(of: "/") {
        rest = rest[..<slash]
        parents.append(String(rest))
    }
    return parents
}

private func withoutSlash(_ path: String) -> String { path.hasSuffix("/") ? String(path.dropLast()) : path }

/// What a pattern with braces stands for.
private func alternatives(of pattern: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
    var (depth, open, commas): (Int, Int, [Int]) = (0, 0, [])
    var index = pattern.startIndex
    while index < pattern.endIndex {
        switch pattern[index] {
        case UInt8(ascii: "\\"): index += 1
        case UInt8(ascii: "{"):
            if depth == 0 { (open, commas) = (index, []) }
            depth += 1
        case UInt8(ascii: ",") where depth == 1: commas.append(index)
        case UInt8(ascii: "}") where depth == 1:
            let ends = [open] + commas + [index]
            return zip(ends, ends.dropFirst()).flatMap { start, end in
                alternatives(of: (pattern[..<open] + pattern[(start + 1)..<end] + pattern[(index + 1)...])[...])
            }
        case UInt8(ascii: "}") where depth > 1: depth -= 1
        default: break
        }
        index += 1
    }
    return [pattern]
}

private final class MemoryFile: InputFile {
    let path: String
    let size: Int
    private let bytes: [UInt8]

    init(path: String, _ bytes: [UInt8]) {
        (self.path, self.bytes, size) = (path, bytes, bytes.count)
    }

    func read(into space: UnsafeMutableRawBufferPointer, at offset: Int) throws(FileError) -> Int {
        let part = bytes[min(offset, size)..<min(size, offset + space.count)]
        space.copyBytes(from: part)
        return part.count
    }
}

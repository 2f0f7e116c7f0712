import MartletFiles
import TestFileSystems
import Testing

/// A new directory in one of the file systems, whose contract the tests are about.
final class Ground {
    /// The file systems.
    enum Kind: String, CaseIterable, CustomTestStringConvertible {
        case local, memory, shared

        var testDescription: String { rawValue }
    }

    let kind: Kind
    let root: String
    private let directory: TemporaryDirectory?
    var system: any FileSystem { get throws { try FileSystems.of(root) } }

    init(_ kind: Kind) {
        self.kind = kind
        switch kind {
        case .local:
            directory = TemporaryDirectory()
            root = directory?.path ?? ""
        case .shared:
            directory = TemporaryDirectory()
            root = "shared:" + (directory?.path ?? "")
        case .memory:
            directory = nil
            root = "memory:/ground-\(UInt64.random(in: 0...(.max)))"
            MemoryFileSystem.shared.makeDirectory(root)
        }
    }

    func path(_ name: String) -> String { root + "/" + name }

    /// Writes a file, with the directories that its name holds.
    @discardableResult
    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        if let directory {
            try directory.write(name, bytes)
        } else {
            MemoryFileSystem.shared.write(path(name), Array(bytes))
        }
        return path(name)
    }

    func makeDirectory(_ name: String) {
        if let directory {
            directory.makeDirectory(directory.path(name))
        } else {
            MemoryFileSystem.shared.makeDirectory(path(name))
        }
    }

    func remove(_ name: String) {
        if let directory {
            directory.remove(name)
        } else {
            MemoryFileSystem.shared.remove(path(name))
        }
    }

    /// What is in a directory, by name; a slash behind those of directories.
    func listing(of name: String = "") throws -> [String] { try listing(system.entries(in: name.isEmpty ? root : path(name))) }

    /// What matches a pattern.
    func matches(_ pattern: String) throws -> [String] { try listing(system.entries(matching: path(pattern))) }

    private func listing(_ entries: [FileEntry]) -> [String] {
        entries.map { entry in
            String(entry.path.dropFirst(root.count + 1)) + (entry.kind == .directory ? "/" : "")
        }
    }

    /// The bytes of a file.
    func bytes(of name: String) throws -> [UInt8] {
        let file = try system.open(path(name))
        return try read(file, at: 0, count: file.size + 1)
    }
}

/// Reads once.
func read(_ file: any InputFile, at offset: Int, count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0xAA, count: count)
    let found = try unsafe bytes.withUnsafeMutableBytes { unsafe try file.read(into: $0, at: offset) }
    return Array(bytes[..<found])
}

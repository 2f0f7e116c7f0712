import Glibc

/// For the many small files of a test: a file system in memory, since others are slow at creating and removing files.
public let memoryDirectory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"

/// A directory that is removed with its content when the test releases it.
public final class TemporaryDirectory: Sendable {
    public let path: String

    public init() {
        var template = Array("\(memoryDirectory)/test-martlet-XXXXXX".utf8CString)
        precondition(mkdtemp(&template) != nil, "no temporary directory")
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { Self.remove(path) }

    public func path(_ name: String) -> String { path + "/" + name }

    /// Writes a file, and creates the directories in its name.
    @discardableResult
    public func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let file = path(name)
        var parent = path
        for part in name.split(separator: "/").dropLast() {
            parent += "/" + part
            mkdir(parent, 0o755)
        }
        let content = Array(bytes)
        guard let output = fopen(file, "w") else { throw FileProblem(file) }
        let count = fwrite(content, 1, content.count, output)
        guard fclose(output) == 0, count == content.count else { throw FileProblem(file) }
        return file
    }

    @discardableResult
    public func write(_ name: String, _ text: String) throws -> String { try write(name, text.utf8) }

    /// Removes a file.
    public func remove(_ name: String) { unlink(path(name)) }

    public func text(of name: String) -> String? { contents(of: path(name)) }

    /// The names in it, sorted.
    public var names: [String] { directoryContents(of: path)?.sorted() ?? [] }

    /// The names in a directory inside it, sorted; nil if that does not exist.
    public func names(in name: String) -> [String]? { directoryContents(of: path(name))?.sorted() }

    private static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        for name in directoryContents(of: path) ?? [] { remove(path + "/" + name) }
        rmdir(path)
    }
}

// Unsafe: `mkdtemp` rewrites a local array that ends with a zero byte; regions are lent for one call.

import Glibc
import MartletFiles

/// A directory that is removed, with all it holds, when the test lets go of it.
final class TemporaryDirectory {
    let path: String

    init() {
        var template = Array("/tmp/test-martlet-files-XXXXXX".utf8CString)
        precondition(unsafe mkdtemp(&template) != nil, "no temporary directory")
        path = unsafe template.withUnsafeBufferPointer { unsafe String(cString: $0.baseAddress!) }
    }

    deinit { Self.remove(path) }

    func path(_ name: String) -> String { path + "/" + name }

    /// Writes a file; makes the directories that its name holds.
    @discardableResult
    func write(_ name: String, _ bytes: some Sequence<UInt8>) throws -> String {
        let file = path(name)
        var parent = path
        for part in name.split(separator: "/").dropLast() {
            parent += "/" + part
            makeDirectory(parent)
        }
        let writer = try FileWriter(creating: file)
        try writer.write(Array(bytes).span)
        try writer.close()
        return file
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, text.utf8) }

    func makeDirectory(_ path: String) { unsafe mkdir(path, 0o755) }

    func link(_ target: String, as name: String) { unsafe symlink(target, path(name)) }

    func remove(_ name: String) { unsafe unlink(path(name)) }

    func cut(_ name: String, to bytes: Int) { unsafe truncate(path(name), bytes) }

    /// The names in a directory, sorted; nil when it is not there.
    func names(in name: String) -> [String]? { Self.names(in: path(name)) }

    func bytes(of name: String) -> [UInt8] {
        let descriptor = unsafe open(path(name), O_RDONLY)
        precondition(descriptor >= 0, "\(name) cannot be opened")
        defer { close(descriptor) }
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe read(descriptor, &chunk, chunk.count)
            if count <= 0 { return result }
            result += chunk[..<count]
        }
    }

    func text(of name: String) -> String { String(decoding: bytes(of: name), as: UTF8.self) }

    private static func names(in path: String) -> [String]? {
        guard let directory = unsafe opendir(path) else { return nil }
        defer { unsafe closedir(directory) }
        var names: [String] = []
        while let entry = unsafe readdir(directory) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
                unsafe String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    private static func remove(_ path: String) {
        if unsafe unlink(path) == 0 { return }
        for name in names(in: path) ?? [] { remove(path + "/" + name) }
        unsafe rmdir(path)
    }
}

/// How many of this process's descriptors lead to files below `directory`.
func openDescriptors(below directory: String) -> Int {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    var count = 0
    for descriptor in 0..<1024 {
        let length = unsafe readlink("/proc/self/fd/\(descriptor)", &target, target.count)
        guard length > 0 else { continue }
        let path = String(decoding: target[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
        if path.hasPrefix(directory + "/") { count += 1 }
    }
    return count
}

import Glibc

/// A file that a test cannot read or write.
public struct FileProblem: Error, CustomStringConvertible {
    public let description: String

    init(_ path: String) { description = "\(path): \(String(cString: strerror(errno)))" }
}

/// All files under a directory, by path; for a file its path; none if the path does not exist.
public func files(under path: String) -> [String] {
    guard let names = directoryContents(of: path) else { return [path] }
    return names.flatMap { files(under: path + "/" + $0) }
}

/// The names in a directory; nil if the path is not one.
public func directoryContents(of path: String) -> [String]? {
    guard let directory = opendir(path) else { return nil }
    defer { closedir(directory) }
    var found: [String] = []
    while let entry = readdir(directory) {
        let name = withUnsafePointer(to: &entry.pointee.d_name) { name in
            String(cString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
        }
        if name != "." && name != ".." { found.append(name) }
    }
    return found
}

/// A file's text, even while the system writes it; nil if the file does not exist.
public func contents(of path: String) -> String? {
    guard let file = fopen(path, "r") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
        let count = fread(&chunk, 1, chunk.count, file)
        if count == 0 { return String(decoding: bytes, as: UTF8.self) }
        bytes += chunk[..<count]
    }
}

/// The files under a directory that this process has open.
public func openFiles(under path: String) -> [String] {
    (directoryContents(of: "/proc/self/fd") ?? []).compactMap { link in
        var target = [CChar](repeating: 0, count: 4096)
        guard readlink("/proc/self/fd/" + link, &target, 4095) > 0 else { return nil }
        let name = String(decoding: target.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.hasPrefix(path) ? name : nil
    }
}

/// Leaves the first half of a file.
public func cutInHalf(_ path: String) throws {
    var status = stat()
    guard stat(path, &status) == 0, truncate(path, status.st_size / 2) == 0 else { throw FileProblem(path) }
}

/// Flips a bit of a file.
///
/// - Parameter position: from 0, the first byte, to 1, the end.
public func flipBit(of path: String, at position: Double) throws {
    let file = open(path, O_RDWR)
    guard file >= 0 else { throw FileProblem(path) }
    defer { close(file) }
    let offset = off_t(Double(lseek(file, 0, SEEK_END)) * position)
    var byte: UInt8 = 0
    guard pread(file, &byte, 1, offset) == 1 else { throw FileProblem(path) }
    byte ^= 0x20
    guard pwrite(file, &byte, 1, offset) == 1 else { throw FileProblem(path) }
}

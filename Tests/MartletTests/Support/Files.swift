import Glibc
import Testing

/// All files under a directory, by path; the path itself for a file, and for nothing at all.
func files(under path: String) -> [String] {
    guard let names = directoryContents(of: path) else { return [path] }
    return names.flatMap { files(under: path + "/" + $0) }
}

/// What is in a directory; nil for something else.
func directoryContents(of path: String) -> [String]? {
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

/// The files under a directory that this process has open.
func openFiles(under path: String) -> [String] {
    (directoryContents(of: "/proc/self/fd") ?? []).compactMap { link in
        var target = [CChar](repeating: 0, count: 4096)
        guard readlink("/proc/self/fd/" + link, &target, 4095) > 0 else { return nil }
        let name = String(decoding: target.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return name.hasPrefix(path) ? name : nil
    }
}

/// Flips a bit of a file.
///
/// - Parameter position: from 0, the first byte, to 1, behind the last.
func flipBit(of path: String, at position: Double) throws {
    let file = open(path, O_RDWR)
    try #require(file >= 0)
    defer { close(file) }
    let offset = off_t(Double(lseek(file, 0, SEEK_END)) * position)
    var byte: UInt8 = 0
    try #require(pread(file, &byte, 1, offset) == 1)
    byte ^= 0x20
    try #require(pwrite(file, &byte, 1, offset) == 1)
}

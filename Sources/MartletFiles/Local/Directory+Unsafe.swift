// Unsafe: the `DIR` handle is used only between `opendir` and `closedir` of one function; an entry is read
// only until the next `readdir`, and its name, which the system ends with a zero byte, is copied at once.

import Glibc

/// The names in a directory, without `.` and `..`, in byte order.
///
/// A name that is not UTF-8 is given with replacement characters, so that opening it fails by name.
/// - Throws: the `errno` of opening or reading the directory.
package func directoryEntries(of path: String) throws(SystemError) -> [String] {
    guard let directory = unsafe opendir(path) else { throw SystemError(code: errno) }
    defer { unsafe closedir(directory) }
    var names: [String] = []
    while true {
        errno = 0
        guard let entry = unsafe readdir(directory) else { break }
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
            unsafe field.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) {
                unsafe String(cString: $0)
            }
        }
        if name != "." && name != ".." { names.append(name) }
    }
    guard errno == 0 else { throw SystemError(code: errno) }
    return names.sorted(by: precedesInByteOrder)
}

/// Whether `a` sorts before `b` by the bytes of their UTF-8 form: the same order on every machine.
func precedesInByteOrder(_ a: String, _ b: String) -> Bool {
    a.utf8.lexicographicallyPrecedes(b.utf8)
}

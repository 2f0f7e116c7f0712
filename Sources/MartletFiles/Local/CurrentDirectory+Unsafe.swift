// Unsafe: `realpath` gives memory that is freed here.

import Glibc

/// The absolute path of the current directory.
///
/// - Throws: `notReadable` where there is none any more.
package func currentDirectory() throws(FileError) -> String {
    guard let resolved = unsafe realpath(".", nil) else {
        throw .notReadable(path: ".", reason: systemErrorText(errno))
    }
    defer { unsafe free(resolved) }
    return unsafe String(cString: resolved)
}

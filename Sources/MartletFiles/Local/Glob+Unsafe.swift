// Unsafe: `glob` fills `found`, whose path list has `gl_pathc` entries that end with a zero byte; the entries
// are copied before `globfree` releases them, and `globfree` runs on every path out.

import Glibc

/// The paths that match a shell pattern (`*`, `?`, `[...]`, `{a,b}`), in byte order; empty when none does.
///
/// - Throws: `FileError.notReadable` when a directory on the way exists but cannot be listed.
func pathsMatching(_ pattern: String) throws(FileError) -> [String] {
    var found = unsafe glob_t()
    defer { unsafe globfree(&found) }
    // A directory that is not there is just no match: an alternative in braces may name one.
    let code = unsafe glob(pattern, GLOB_BRACE | GLOB_NOSORT, { _, code in code == ENOENT ? 0 : 1 }, &found)
    switch code {
    case 0: break
    case GLOB_NOMATCH: return []
    case GLOB_NOSPACE: throw .notReadable(path: pattern, reason: systemErrorText(ENOMEM))
    default: throw .notReadable(path: pattern, reason: "a directory in the pattern cannot be listed")
    }
    var paths: [String] = []
    for index in unsafe 0..<Int(found.gl_pathc) {
        if let path = unsafe found.gl_pathv[index] { paths.append(unsafe String(cString: path)) }
    }
    return paths.sorted(by: precedesInByteOrder)
}

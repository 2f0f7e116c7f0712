/// Where a file or a directory is: a path that a user gave, made absolute, of a scheme that there is a file system for.
///
/// It is made when the user's call is made. From then on it means the same in every process, whatever directory is the
/// current one there.
package struct FileLocation: Sendable, Hashable {
    /// Which file system it is in, in small letters: `file` for files of this machine.
    package let scheme: String
    /// Absolute; with the scheme in front, except for files of this machine.
    package let path: String

    /// Whether it is on this machine, or looks so to it.
    package var isLocal: Bool { scheme == FileSystems.localScheme }

    /// - Parameters:
    ///   - given: a path, absolute or not, or a URI.
    ///   - directory: what a relative path is relative to; nil for the current one.
    /// - Throws: `badPath`, `unknownScheme`; `notReadable` where a path is relative and the current directory is gone.
    package init(_ given: String, relativeTo directory: String? = nil) throws(FileError) {
        if given.isEmpty { throw .badPath(path: "", reason: "the path is empty: name a file or a directory") }
        let text = try PathText(given)
        scheme = text.scheme
        if text.isAbsolute {
            path = text.path
        } else if let directory {
            path = Self.absolute(text.path, in: directory)
        } else {
            path = Self.absolute(text.path, in: try currentDirectory())
        }
    }

    /// - Parameter path: relative.
    static func absolute(_ path: String, in directory: String) -> String {
        var rest = path.utf8[...]
        while rest.starts(with: "./".utf8) { rest = rest.dropFirst(2).drop { $0 == UInt8(ascii: "/") } }
        if rest.isEmpty || rest.elementsEqual(".".utf8) { return directory }
        let separator = directory.utf8.last == UInt8(ascii: "/") ? "" : "/"
        return directory + separator + String(Substring(rest))
    }
}

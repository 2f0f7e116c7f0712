/// Where a file or a directory is: a path that a user gave, made absolute, of a scheme that there is a file system for.
///
/// It is made when the user's call is made. From then on it means the same in every process, whatever directory is the
/// current one there.
package struct FileLocation: Sendable, Hashable {
    /// Which file system it is in.
    package let scheme: FileScheme
    /// Absolute, in the file system of the scheme.
    package let path: String

    /// - Parameters:
    ///   - given: a path, absolute or not, or a `file:` URI.
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

/// Names a file system, at the beginning of a path: `file:`.
package enum FileScheme: String, Sendable, CaseIterable {
    /// Files of this machine, which a path without a scheme means too.
    case file
}

/// A path as it was given, taken apart.
struct PathText {
    let scheme: FileScheme
    /// Without the scheme, and with what a URI has escaped as it is.
    let path: String
    /// The same as a pattern: what a URI has escaped stands for itself.
    let pattern: String

    var isAbsolute: Bool { path.utf8.first == UInt8(ascii: "/") }

    /// - Throws: `badPath`, `unknownScheme`.
    init(_ given: String) throws(FileError) {
        if given.utf8.contains(0) {
            throw .badPath(path: given, reason: "it holds a zero byte, which no name of a file can")
        }
        guard let end = Self.schemeEnd(of: given) else {
            (scheme, path, pattern) = (.file, given, given)
            return
        }
        let name = given.utf8[..<end]
        guard let scheme = FileScheme(rawValue: String(decoding: name, as: UTF8.self).lowercased()) else {
            throw .unknownScheme(path: given, scheme: String(decoding: name, as: UTF8.self))
        }
        self.scheme = scheme
        (path, pattern) = try Self.decoded(Self.pathOfURI(given, after: given.utf8.index(after: end)), of: given)
    }

    /// Where the colon behind a scheme is; nil for a path without one.
    ///
    /// A scheme is followed by a slash: names such as `12:30.log` are names. `file:` always is one.
    private static func schemeEnd(of given: String) -> String.UTF8View.Index? {
        let bytes = given.utf8
        guard let first = bytes.first, first.isASCIILetter else { return nil }
        let end = bytes.firstIndex { !($0.isASCIILetter || $0.isASCIIDigit || "+-.".utf8.contains($0)) }
        guard let end, bytes[end] == UInt8(ascii: ":") else { return nil }
        if String(decoding: bytes[..<end], as: UTF8.self).lowercased() == FileScheme.file.rawValue { return end }
        return bytes[bytes.index(after: end)...].first == UInt8(ascii: "/") ? end : nil
    }

    /// What follows the scheme and the host, still escaped.
    private static func pathOfURI(_ given: String, after start: String.UTF8View.Index) throws(FileError) -> Substring.UTF8View {
        let rest = given.utf8[start...]
        let problem = "a file: URI has an absolute path, as file:///data/in has"
        guard rest.first == UInt8(ascii: "/") else { throw .badPath(path: given, reason: problem) }
        guard rest.starts(with: "//".utf8) else { return rest }
        let authority = rest.dropFirst(2)
        guard let slash = authority.firstIndex(of: UInt8(ascii: "/")) else { throw .badPath(path: given, reason: problem) }
        let host = String(decoding: authority[..<slash], as: UTF8.self)
        guard host.isEmpty || host.lowercased() == "localhost" else {
            throw .badPath(path: given, reason: "it names the host \(host), and only files of this machine can be used; \(problem)")
        }
        return authority[slash...]
    }

    private static func decoded(
        _ escaped: Substring.UTF8View, of given: String
    ) throws(FileError) -> (path: String, pattern: String) {
        var (path, pattern): ([UInt8], [UInt8]) = ([], [])
        var rest = escaped
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                path.append(byte)
                pattern.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexDigit, let low = rest.popFirst()?.hexDigit, high + low > 0 else {
                throw .badPath(path: given, reason: "in a URI, % is followed by the two hexadecimal digits of a byte that is not 0, and is itself %25")
            }
            let decoded = high << 4 | low
            path.append(decoded)
            if patternCharacters.utf8.contains(decoded) || decoded == UInt8(ascii: ",") { pattern.append(UInt8(ascii: "\\")) }
            pattern.append(decoded)
        }
        return (String(decoding: path, as: UTF8.self), String(decoding: pattern, as: UTF8.self))
    }
}

/// What has a meaning in patterns.
let patternCharacters = "*?[]{}\\"

/// A path as a pattern that nothing else matches.
func escapedForPattern(_ path: String) -> String {
    var escaped: [UInt8] = []
    for byte in path.utf8 {
        if patternCharacters.utf8.contains(byte) { escaped.append(UInt8(ascii: "\\")) }
        escaped.append(byte)
    }
    return String(decoding: escaped, as: UTF8.self)
}

extension UInt8 {
    fileprivate var isASCIILetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }
    fileprivate var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var hexDigit: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}

/// A path as it was given, taken apart.
struct PathText {
    /// In small letters.
    let scheme: String
    /// Of this machine: without the scheme, and with what a URI has escaped as it is. Of another file system: with the scheme,
    /// and what follows it as it was given.
    let path: String
    /// The same as a pattern: what a URI has escaped stands for itself.
    let pattern: String

    var isAbsolute: Bool { scheme != FileSystems.localScheme || path.utf8.first == UInt8(ascii: "/") }

    /// - Throws: `badPath`, `unknownScheme`.
    init(_ given: String) throws(FileError) {
        if given.utf8.contains(0) {
            throw .badPath(path: given, reason: "it holds a zero byte, which no name of a file can")
        }
        guard let end = Self.schemeEnd(of: given) else {
            (scheme, path, pattern) = (FileSystems.localScheme, given, given)
            return
        }
        let name = String(decoding: given.utf8[..<end], as: UTF8.self)
        scheme = name.lowercased()
        guard FileSystems.named(scheme) != nil else { throw FileSystems.unknown(name, given) }
        if scheme == FileSystems.localScheme {
            (path, pattern) = try Self.decoded(Self.pathOfURI(given, after: given.utf8.index(after: end)), of: given)
        } else {
            path = scheme + String(decoding: given.utf8[end...], as: UTF8.self)
            pattern = path
        }
    }

    /// The scheme that a path begins with, in small letters; nil for a path without one.
    static func scheme(of path: String) -> String? {
        schemeEnd(of: path).map { String(decoding: path.utf8[..<$0], as: UTF8.self).lowercased() }
    }

    /// Where the colon behind a scheme is; nil for a path without one.
    ///
    /// A scheme is followed by a slash: names such as `12:30.log` are names. `file:` always is one.
    private static func schemeEnd(of given: String) -> String.UTF8View.Index? {
        let bytes = given.utf8
        guard let first = bytes.first, first.isASCIILetter else { return nil }
        let end = bytes.firstIndex { !($0.isASCIILetter || $0.isASCIIDigit || "+-.".utf8.contains($0)) }
        guard let end, bytes[end] == UInt8(ascii: ":") else { return nil }
        if String(decoding: bytes[..<end], as: UTF8.self).lowercased() == FileSystems.localScheme { return end }
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

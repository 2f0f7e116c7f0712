import Glibc

/// A file of the input, before it is cut into splits.
struct InputFileEntry {
    let path: String
    /// - Units: bytes.
    let size: Int
    var codec: Codec { Codec(path: path) }
}

/// Finds the files that an input path names.
///
/// The path is a file, a directory, a pattern, or a list of those with commas between. Names that start with
/// `_` or `.` are not data (`_SUCCESS`, `_temporary`): a directory or a pattern leaves them out, naming one
/// reads it.
enum InputPaths {
    /// - Returns: the files, in the order of the list, and by name (in byte order) inside a directory or
    ///   pattern.
    /// - Throws: `notFound`, `notReadable`.
    static func files(in paths: String) throws(FileError) -> [InputFileEntry] {
        var files: [InputFileEntry] = []
        for element in elements(of: paths) {
            try append(element, to: &files)
        }
        return files
    }

    /// Splits a list at its commas, except those inside the braces of a pattern and those after a backslash. Spaces
    /// behind a comma are left out.
    static func elements(of paths: String) -> [String] {
        var elements: [String] = []
        var current: [UInt8] = []
        var depth = 0
        var isEscaped = false
        for byte in paths.utf8 {
            if byte == UInt8(ascii: ","), depth == 0, !isEscaped {
                elements.append(String(decoding: current, as: UTF8.self))
                current = []
                continue
            }
            if byte == UInt8(ascii: " "), current.isEmpty, !elements.isEmpty { continue }
            if !isEscaped {
                if byte == UInt8(ascii: "{") { depth += 1 }
                if byte == UInt8(ascii: "}") { depth = max(0, depth - 1) }
            }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
            current.append(byte)
        }
        return elements + [String(decoding: current, as: UTF8.self)]
    }

    private static func append(_ element: String, to files: inout [InputFileEntry]) throws(FileError) {
        // A name that exists is that file, even when it holds characters that have a meaning in patterns.
        if case .success(let status) = FileStatus.following(element) {
            return try append(element, status, to: &files)
        }
        guard element.utf8.contains(where: { "*?[{\\".utf8.contains($0) }) else {
            return try append(element, status(of: element), to: &files)
        }
        var matches = try pathsMatching(element)
        if !isHidden(element) { matches.removeAll(where: isHidden) }
        if matches.isEmpty { throw .notFound(path: element) }
        for match in matches {
            try append(match, status(of: match), to: &files)
        }
    }

    private static func append(
        _ path: String, _ status: FileStatus, to files: inout [InputFileEntry]
    ) throws(FileError) {
        if status.kind == .directory {
            try appendFiles(inDirectory: path, to: &files)
        } else {
            files.append(try readable(path, status))
        }
    }

    private static func appendFiles(
        inDirectory path: String, to files: inout [InputFileEntry]
    ) throws(FileError) {
        let names: [String]
        do {
            names = try directoryEntries(of: path)
        } catch {
            throw .cannotRead(path, error.code)
        }
        let prefix = path.hasSuffix("/") ? path : path + "/"
        let countBefore = files.count
        var directoryCount = 0
        for name in names where !isHidden(name) {
            let status = try status(of: prefix + name)
            if status.kind == .directory {
                directoryCount += 1
            } else {
                files.append(try readable(prefix + name, status))
            }
        }
        if files.count == countBefore && directoryCount > 0 {
            throw .notReadable(
                path: path,
                reason: "it holds \(directoryCount) directories and no file; read them as \(prefix)*")
        }
    }

    private static func status(of path: String) throws(FileError) -> FileStatus {
        switch FileStatus.following(path) {
        case .success(let status): return status
        case .failure(let error) where error.code == ENOENT || error.code == ENOTDIR:
            throw .notFound(path: path)
        case .failure(let error): throw .cannotRead(path, error.code)
        }
    }

    private static func readable(_ path: String, _ status: FileStatus) throws(FileError) -> InputFileEntry {
        guard status.kind == .regular else { throw .notReadable(path: path, reason: "not a regular file") }
        let code = PathCalls.checkReadable(path)
        guard code == 0 else { throw .notReadable(path: path, reason: systemErrorText(code)) }
        return InputFileEntry(path: path, size: status.size)
    }

    private static func isHidden(_ path: String) -> Bool {
        let name = path.split(separator: "/").last ?? ""
        return name.hasPrefix("_") || name.hasPrefix(".")
    }
}

import Glibc

/// A file of the input, before it is cut into splits.
struct InputFileEntry {
    let path: String
    /// - Units: bytes.
    let size: Int
    var codec: Codec { Codec(path: path) }
}

/// Finds the files at locations.
///
/// Names that start with `_` or `.` are not data (`_SUCCESS`, `_temporary`): a directory or a pattern leaves them
/// out, naming one reads it.
struct InputPaths {
    private let locations: InputLocations
    private let unreadable: UnreadableFiles

    /// - Returns: the files, in the order of the locations, and by name (in byte order) inside a directory or
    ///   pattern.
    /// - Throws: `notFound`, `notReadable`.
    static func files(at locations: InputLocations, _ unreadable: UnreadableFiles) throws(FileError) -> [InputFileEntry] {
        try InputPaths(locations: locations, unreadable: unreadable).find()
    }

    /// What some elements name: one of them, or several that are one name with commas in it.
    private struct Part {
        let elements: Range<Int>
        let files: [InputFileEntry]
    }

    /// A name with commas in it that exists is that file. Otherwise the shortest names count, as long as everything finds its
    /// place.
    private func find() throws(FileError) -> [InputFileEntry] {
        let all = locations.elements.indices
        if let files = try joinedFiles(all) { return files }
        var parts: [Part] = []
        // Where a name begins after which there is no way to go on.
        var deadEnds: Set<Int> = []
        var next = 0
        var shortestEnd = 1
        while next < all.count {
            if let part = try part(from: next, to: shortestEnd, avoiding: deadEnds) {
                parts.append(part)
                next = part.elements.upperBound
                shortestEnd = next + 1
            } else if let last = parts.popLast() {
                deadEnds.insert(next)
                next = last.elements.lowerBound
                shortestEnd = last.elements.upperBound + 1
            } else {
                return try findWhatThereIs()
            }
        }
        return parts.flatMap(\.files)
    }

    /// For a list of which something is missing.
    private func findWhatThereIs() throws(FileError) -> [InputFileEntry] {
        var files: [InputFileEntry] = []
        var next = 0
        while next < locations.elements.count {
            if let part = try part(from: next, to: next + 1, avoiding: []) {
                files += part.files
                next = part.elements.upperBound
            } else {
                let error = FileError.notFound(path: locations.elements[next].path)
                guard unreadable.passOver(error) else { throw error }
                next += 1
            }
        }
        return files
    }

    /// The shortest name that begins at an element and ends at `shortestEnd` or later.
    private func part(
        from first: Int, to shortestEnd: Int, avoiding deadEnds: Set<Int>
    ) throws(FileError) -> Part? {
        var end = shortestEnd
        while end <= locations.elements.count, locations.mayBeName(first..<end) {
            if !deadEnds.contains(end) {
                let isOne = end == first + 1
                let files = isOne ? try files(of: locations.elements[first]) : try joinedFiles(first..<end)
                if let files { return Part(elements: first..<end, files: files) }
            }
            end += 1
        }
        return nil
    }

    /// - Returns: nil where there is nothing.
    private func files(of element: InputLocations.Element) throws(FileError) -> [InputFileEntry]? {
        // A name that exists is that file, even when it holds characters that have a meaning in patterns.
        if let status = try status(of: element) { return try files(at: element.path, status) }
        guard let pattern = element.pattern else { return nil }
        var matches = try pathsMatching(pattern)
        if !isHidden(pattern) { matches.removeAll(where: isHidden) }
        if matches.isEmpty { return nil }
        var files: [InputFileEntry] = []
        for match in matches {
            if let status = try statusOfFound(match) { files += try self.files(at: match, status) }
        }
        return files
    }

    /// - Returns: nil where the elements are no name of a file.
    private func joinedFiles(_ range: Range<Int>) throws(FileError) -> [InputFileEntry]? {
        guard let path = locations.joined(range), case .success(let status) = FileStatus.following(path) else { return nil }
        return try files(at: path, status)
    }

    private func files(at path: String, _ status: FileStatus) throws(FileError) -> [InputFileEntry] {
        status.kind == .directory ? try files(inDirectory: path) : [try readable(path, status)]
    }

    private func files(inDirectory path: String) throws(FileError) -> [InputFileEntry] {
        let names: [String]
        do {
            names = try directoryEntries(of: path)
        } catch {
            throw .cannotRead(path, error.code)
        }
        let prefix = path.hasSuffix("/") ? path : path + "/"
        var files: [InputFileEntry] = []
        var directoryCount = 0
        for name in names where !isHidden(name) {
            guard let status = try statusOfFound(prefix + name) else { continue }
            if status.kind == .directory {
                directoryCount += 1
            } else {
                files.append(try readable(prefix + name, status))
            }
        }
        if files.isEmpty && directoryCount > 0 {
            throw .notReadable(
                path: path,
                reason: "it holds \(directoryCount) directories and no file; read them as \(prefix)*")
        }
        return files
    }

    /// The status of what an element names as it stands; nil where it may name something else.
    private func status(of element: InputLocations.Element) throws(FileError) -> FileStatus? {
        switch FileStatus.following(element.path) {
        case .success(let status): return status
        case .failure(let error) where element.pattern != nil || error.isAbsence: return nil
        case .failure(let error): throw .cannotRead(element.path, error.code)
        }
    }

    /// The status of what was there a moment ago; nil where it is gone and may be.
    private func statusOfFound(_ path: String) throws(FileError) -> FileStatus? {
        switch FileStatus.following(path) {
        case .success(let status): return status
        case .failure(let error):
            let failure: FileError = error.isAbsence
                ? .notFound(path: path) : .cannotRead(path, error.code)
            if unreadable.passOver(failure) { return nil }
            throw failure
        }
    }

    private func readable(_ path: String, _ status: FileStatus) throws(FileError) -> InputFileEntry {
        guard status.kind == .regular else { throw .notReadable(path: path, reason: "not a regular file") }
        let code = PathCalls.checkReadable(path)
        guard code == 0 else { throw .notReadable(path: path, reason: systemErrorText(code)) }
        return InputFileEntry(path: path, size: status.size)
    }
}

extension SystemError {
    /// Whether there is nothing with the path.
    fileprivate var isAbsence: Bool { code == ENOENT || code == ENOTDIR }
}

private func isHidden(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    return name.hasPrefix("_") || name.hasPrefix(".")
}

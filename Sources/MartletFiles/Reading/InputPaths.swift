/// A file of the input, before it is cut into splits.
struct InputFileEntry {
    let path: String
    /// - Units: bytes.
    let size: Int
    /// Where its bytes are, as far as that is known.
    var blocks: [FileBlock] = []
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
        let system = try FileSystems.of(element.path)
        // A name that exists is that file, even when it holds characters that have a meaning in patterns.
        if let entry = try self.entry(of: element, in: system) { return try files(of: entry, in: system) }
        guard let pattern = element.pattern else { return nil }
        var matches = try system.entries(matching: pattern)
        if !isHidden(pattern) { matches.removeAll { isHidden($0.path) } }
        if matches.isEmpty { return nil }
        var files: [InputFileEntry] = []
        for match in matches where !isPassedOver(match) { files += try self.files(of: match, in: system) }
        return files
    }

    /// - Returns: nil where the elements are no name of a file.
    private func joinedFiles(_ range: Range<Int>) throws(FileError) -> [InputFileEntry]? {
        guard let path = locations.joined(range) else { return nil }
        let system = try FileSystems.of(path)
        guard let entry = try? system.entry(at: path) else { return nil }
        return try files(of: entry, in: system)
    }

    private func files(of entry: FileEntry, in system: any FileSystem) throws(FileError) -> [InputFileEntry] {
        switch entry.kind {
        case .file(let size): [InputFileEntry(path: entry.path, size: size, blocks: entry.blocks)]
        case .directory: try files(inDirectory: entry.path, system)
        case .unreadable(let error): throw error
        }
    }

    private func files(inDirectory path: String, _ system: any FileSystem) throws(FileError) -> [InputFileEntry] {
        var files: [InputFileEntry] = []
        var directoryCount = 0
        for entry in try system.entries(in: path) where !isHidden(entry.path) && !isPassedOver(entry) {
            if entry.kind == .directory {
                directoryCount += 1
            } else {
                files += try self.files(of: entry, in: system)
            }
        }
        if files.isEmpty && directoryCount > 0 {
            let prefix = path.hasSuffix("/") ? path : path + "/"
            throw .notReadable(
                path: path,
                reason: "it holds \(directoryCount) directories and no file; read them as \(prefix)*")
        }
        return files
    }

    /// What an element names as it stands; nil where it may name something else.
    private func entry(of element: InputLocations.Element, in system: any FileSystem) throws(FileError) -> FileEntry? {
        do {
            return try system.entry(at: element.path)
        } catch {
            if element.pattern != nil { return nil }
            throw error
        }
    }

    /// Whether this was there a moment ago, is gone, and may be.
    private func isPassedOver(_ entry: FileEntry) -> Bool {
        if case .unreadable(let error) = entry.kind { unreadable.passOver(error) } else { false }
    }
}

private func isHidden(_ path: String) -> Bool {
    let name = path.split(separator: "/").last ?? ""
    return name.hasPrefix("_") || name.hasPrefix(".")
}

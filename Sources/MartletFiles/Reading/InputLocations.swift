/// Where the input is that a user named: what was given, taken apart at its commas and made absolute, when the call was made.
///
/// Which files there are is looked up later, each time that a plan is made of it.
package struct InputLocations: Sendable {
    /// Between commas, in their order. At least one.
    let elements: [Element]
    /// Pieces of the text, which belong together where a name with a comma is that of a file.
    private let given: [UInt8]
    private let pieces: [Range<Int>]
    /// What relative paths are relative to; empty if there are none.
    private let directory: String

    /// A file, a directory or a pattern.
    struct Element: Sendable {
        /// Absolute, if it is the name of a file as it stands; empty where there is nothing between two commas.
        let path: String
        /// Absolute, if it has to be matched; nil for one in which no character has a meaning.
        let pattern: String?
    }

    /// - Parameters:
    ///   - paths: a file, a directory, a pattern (`*`, `?`, `[...]`, `{a,b}`) or a list of those with commas between; each a
    ///     path or a `file:` URI.
    ///   - directory: what relative paths are relative to; nil for the current one.
    /// - Throws: `badPath`, `unknownScheme`, `notFound` for an empty path; `notReadable` where a path is relative and the
    ///   current directory is gone.
    package init(_ paths: String, relativeTo directory: String? = nil) throws(FileError) {
        let given = Array(paths.utf8)
        let pieces = Self.pieces(of: given)
        if given.isEmpty { throw .notFound(path: "") }
        let texts = try pieces.map { piece throws(FileError) in try PathText(String(decoding: given[piece], as: UTF8.self)) }
        var directory = directory ?? ""
        if directory.isEmpty, !texts.allSatisfy(\.isAbsolute) { directory = try currentDirectory() }
        self.given = given
        self.pieces = pieces
        self.directory = directory
        elements = texts.map { [directory] in Element($0, in: directory) }
    }

    /// Several elements, as one path with commas in it; nil where that cannot be a path.
    func joined(_ range: Range<Int>) -> String? {
        guard range.count > 1, mayBeName(range) else { return nil }
        return (try? PathText(String(decoding: given[text(of: range)], as: UTF8.self))).map { Element($0, in: directory).path }
    }

    /// Whether elements, and what stands between them, are short enough to be a path. Then fewer of them are, too.
    func mayBeName(_ range: Range<Int>) -> Bool { range.count == 1 || text(of: range).count <= Self.longestPath }

    private func text(of range: Range<Int>) -> Range<Int> {
        pieces[range.lowerBound].lowerBound..<pieces[range.upperBound - 1].upperBound
    }

    /// The system takes no longer ones.
    private static let longestPath = 4096

    /// Where the commas are at which a list is divided: those that stand neither in the braces of a pattern nor behind a
    /// backslash. Spaces behind a comma are left out.
    private static func pieces(of text: [UInt8]) -> [Range<Int>] {
        let opening = closedBraces(of: text)
        var (pieces, start, depth): ([Range<Int>], Int, Int) = ([], 0, 0)
        var isEscaped = false
        for (index, byte) in text.enumerated() {
            if byte == UInt8(ascii: ","), depth == 0, !isEscaped {
                pieces.append(start..<index)
                start = index + 1
            } else if byte == UInt8(ascii: " "), start == index, !pieces.isEmpty {
                start += 1
            } else if !isEscaped {
                if opening.contains(index) { depth += 1 }
                if byte == UInt8(ascii: "}") { depth = max(0, depth - 1) }
            }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        return pieces + [start..<text.count]
    }

    /// The opening braces that a closing one belongs to. Others are part of a name.
    private static func closedBraces(of text: [UInt8]) -> Set<Int> {
        var (open, closed): ([Int], Set<Int>) = ([], [])
        var isEscaped = false
        for (index, byte) in text.enumerated() {
            if !isEscaped, byte == UInt8(ascii: "{") { open.append(index) }
            if !isEscaped, byte == UInt8(ascii: "}"), let last = open.popLast() { closed.insert(last) }
            isEscaped = byte == UInt8(ascii: "\\") && !isEscaped
        }
        return closed
    }
}

extension InputLocations.Element {
    fileprivate init(_ text: PathText, in directory: String) {
        let isPattern = text.pattern.utf8.contains { "*?[{\\".utf8.contains($0) }
        if text.isAbsolute || text.path.isEmpty {
            (path, pattern) = (text.path, isPattern ? text.pattern : nil)
        } else {
            path = FileLocation.absolute(text.path, in: directory)
            pattern = isPattern ? FileLocation.absolute(text.pattern, in: escapedForPattern(directory)) : nil
        }
    }
}

extension InputLocations {
    /// Whether they are one directory, to which a job has written its output to the end.
    package var areFinishedOutput: Bool { elements.count == 1 && OutputCommitter.isFinished(elements[0].path) }
}

/// A declaration, as far as one line of it tells.
public struct Declaration: Sendable, Equatable {
    /// `func`, `struct`, `case`, ...
    public let keyword: String
    public let name: String
    /// Declared public, or public by its place: a case, or a requirement of a protocol.
    public internal(set) var isPublic: Bool
    /// Is a member of a protocol.
    public internal(set) var isRequirement = false
    /// The types around it, outermost first: `Settings`, or `TextLine.UTF8View`.
    public internal(set) var scope: [String] = []

    /// `RDD.take`
    public var path: String { (scope + [name]).joined(separator: ".") }

    public var isType: Bool { ["struct", "class", "enum", "actor", "protocol"].contains(keyword) }

    /// - Returns: nil if the line declares nothing.
    init?(line: String) {
        var words = line.split(separator: " ")[...]
        var modifiers: [Substring] = []
        while let word = words.first, word.hasPrefix("@") || Self.modifiers.contains(Self.bare(word)) {
            // `class` before `func` and `var` is a modifier.
            if word == "class", let next = words.dropFirst().first, !["func", "var"].contains(next) { break }
            modifiers.append(words.removeFirst())
        }
        guard let first = words.first else { return nil }
        keyword = String(Self.bare(first))
        guard Self.keywords.contains(keyword) else { return nil }
        name = ["init", "subscript"].contains(keyword) ? keyword : Self.name(words.dropFirst().first ?? "")
        isPublic = modifiers.contains("public") || modifiers.contains("open")
    }

    private static let keywords: Set<String> = [
        "func", "var", "let", "init", "subscript", "struct", "class", "enum", "actor", "protocol", "extension", "case",
        "typealias", "associatedtype",
    ]

    private static let modifiers: Set<Substring> = [
        "public", "open", "package", "internal", "fileprivate", "private", "static", "class", "final", "override",
        "mutating", "nonmutating", "consuming", "borrowing", "nonisolated", "convenience", "required", "indirect",
        "lazy", "unowned", "weak",
    ]

    /// `private(set)` is `private`, `init(_` is `init`.
    private static func bare(_ word: Substring) -> Substring { word.prefix { $0.isLetter } }

    /// The operator or identifier (of an extension, with dots) at the start of the word.
    private static func name(_ word: Substring) -> String {
        let identifier = word.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." || $0 == "`" }
        return String(identifier.isEmpty ? word.prefix { $0 != "(" } : identifier)
    }
}

/// A declaration with the comment before it.
public struct Documented: Sendable {
    public let declaration: Declaration
    /// The line of the declaration, counted from 1.
    public let line: Int
    /// The text after `///`, by lines.
    public let comment: [Substring]
    /// The line of the comment's first line.
    public let commentLine: Int

    public var examples: [Example] { Example.find(in: comment, firstLine: commentLine, indentation: 5) }
}

/// Reads the declarations of a Swift file in this repository's format: members are indented by four more spaces than their
/// type, and its closing brace by as many as the type.
public struct SourceFile: Sendable {
    public let declarations: [Documented]

    public init(text: String) {
        var reader = Reader()
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            reader.read(line, number: index + 1)
        }
        declarations = reader.declarations
    }

    /// The examples of public declarations.
    public var examples: [Example] {
        declarations.filter { $0.declaration.isPublic || $0.declaration.keyword == "extension" }.flatMap(\.examples)
    }
}

private struct Reader {
    var declarations: [Documented] = []
    private var comment: [Substring] = []
    private var commentLine = 0
    private var scopes: [Scope] = []

    private struct Scope {
        let indentation: Int
        let declaration: Declaration
    }

    mutating func read(_ line: Substring, number: Int) {
        let indentation = line.prefix { $0 == " " }.count
        let code = line.dropFirst(indentation)
        if code.hasPrefix("///") {
            if comment.isEmpty { commentLine = number }
            comment.append(code.dropFirst(3))
            return
        }
        if code.hasPrefix("}") { scopes.removeAll { $0.indentation >= indentation } }
        // An attribute on its own line may come between a comment and its declaration.
        if code.hasPrefix("@"), Declaration(line: String(code)) == nil { return }
        defer { comment = [] }
        guard var declaration = Declaration(line: String(code)) else { return }
        guard indentation == (scopes.last.map { $0.indentation + 4 } ?? 0) else { return }
        declaration.scope = scopes.map(\.declaration.name)
        let outer = scopes.last?.declaration
        declaration.isRequirement = outer?.keyword == "protocol"
        if outer?.isPublic == true, declaration.isRequirement || declaration.keyword == "case" {
            declaration.isPublic = true
        }
        declarations.append(
            Documented(declaration: declaration, line: number, comment: comment, commentLine: commentLine))
        if (declaration.isType || declaration.keyword == "extension") && !code.hasSuffix("}") {
            scopes.append(Scope(indentation: indentation, declaration: declaration))
        }
    }
}

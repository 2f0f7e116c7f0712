/// The lines of one statement of an example.
public struct Statement: Sendable, Equatable {
    /// Index of the first line in the example.
    public let start: Int
    public private(set) var lines: [String]

    /// Lines, counted from the start of the statement, with a comment that looks like a value to check but is none, since
    /// no expression ends there.
    public var strayValues: [Int] {
        comments.indices.filter { comments[$0] != nil && (!isExpression || $0 != comments.count - 1) }
    }

    /// The comment of each line, separated by three or more blanks.
    private var comments: [String?] = []

    init(start: Int) {
        self.start = start
        lines = []
    }

    public var text: String { lines.joined(separator: "\n") }

    /// The value to check, in the comment after the last line of an expression: `1 + 1   // 2`.
    public var expectation: String? { isExpression ? comments[comments.count - 1] : nil }

    public enum Kind: Sendable {
        /// `import`
        case module
        /// Types, extensions, functions.
        case declaration
        /// `let`, `var`
        case binding
        /// Statements without a value: loops, conditions, assignments.
        case action
        case expression
    }

    public var isExpression: Bool { kind == .expression }

    public var kind: Kind {
        let first = lines[0].prefix { $0.isLetter || $0 == "@" || $0 == "#" }
        switch first {
        case "import": return .module
        case "struct", "class", "enum", "actor", "protocol", "extension", "func", "typealias", "final":
            return .declaration
        case "let", "var": return .binding
        case "for", "while", "if", "guard", "switch", "do", "repeat", "defer", "return", "throw", "break", "async":
            return .action
        default:
            if lines.allSatisfy({ $0.hasPrefix("//") || $0.isEmpty }) { return .action }
            if first.hasPrefix("@") { return .declaration }
            return isAssignment ? .action : .expression
        }
    }

    /// The names that a binding at the start of the statement defines.
    public var boundNames: [String] {
        guard kind == .binding else { return [] }
        let pattern = lines[0].drop { $0 != " " }.prefix { !"=:".contains($0) }
        return pattern.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init).filter { $0 != "_" }
    }

    private var isAssignment: Bool {
        let head = lines[0].prefix { !"({\"".contains($0) }
        return [" = ", " += ", " -= ", " *= ", "] = "].contains { head.contains($0) }
    }

    /// Cuts code into statements.
    public static func split(_ code: [String]) -> [Statement] {
        var statements: [Statement] = []
        var scanner = CodeScanner()
        for (index, line) in code.enumerated() {
            let isOpen = scanner.isOpen
            let (content, comment) = scanner.scan(line)
            let continues = isOpen || (statements.last.map { $0.continues(with: line) } ?? false)
            if !continues { statements.append(Statement(start: index)) }
            statements[statements.count - 1].lines.append(line)
            statements[statements.count - 1].comments.append(content.isEmpty ? nil : comment)
        }
        return statements.filter { !$0.lines.allSatisfy(\.isEmpty) }
    }

    /// Whether the next line continues this statement, whose brackets are all closed.
    private func continues(with next: String) -> Bool {
        let text = next.drop { $0 == " " }
        if text.isEmpty { return false }
        if let first = text.first, ".)]}{?:&|+-*/".contains(first), !text.hasPrefix("//") { return true }
        if ["else", "catch", "where"].contains(text.prefix { $0.isLetter }) { return true }
        // The label of a further trailing closure.
        let label = text.prefix { $0.isLetter || $0.isNumber }
        if !label.isEmpty, text.dropFirst(label.count).hasPrefix(": {") { return true }
        let last = lines[lines.count - 1]
        // Only attributes: their declaration follows.
        if last.hasPrefix("@"), !last.contains("{"), !last.contains(" ") { return true }
        return ["=", ",", "+", "&&", "||", "in"].contains { last.hasSuffix(" " + $0) } || last.hasSuffix(",")
    }
}

/// A Swift example in documentation.
public struct Example: Sendable, Equatable {
    /// The line of the file where the code begins, counted from 1.
    public let line: Int
    public let code: [String]

    public init(line: Int, code: [String]) {
        self.line = line
        self.code = code
    }

    /// Finds the blocks of code in Markdown: indented ones if requested, and fenced ones marked `swift`.
    ///
    /// - Parameter indentation: the spaces that mark a line as code, after an empty line. Nil if only fenced blocks count.
    static func find(in lines: [Substring], firstLine: Int, indentation: Int?) -> [Example] {
        var finder = Finder(indentation: indentation)
        for (index, line) in lines.enumerated() { finder.read(line, number: firstLine + index) }
        finder.end()
        return finder.examples
    }

    /// The examples of a page of Markdown.
    public static func find(inPage text: String) -> [Example] {
        find(in: text.split(separator: "\n", omittingEmptySubsequences: false), firstLine: 1, indentation: nil)
    }
}

private struct Finder {
    let indentation: Int?
    var examples: [Example] = []
    private var block: Block?
    private var isAfterEmptyLine = true

    private struct Block {
        var line: Int
        var code: [Substring] = []
        /// The end of a fenced block; nil for an indented one.
        var fence: Substring?
        var isSwift = true
    }

    init(indentation: Int?) { self.indentation = indentation }

    mutating func read(_ line: Substring, number: Int) {
        let text = line.drop { $0 == " " }
        defer { isAfterEmptyLine = text.isEmpty }
        if let fence = block?.fence {
            if text.hasPrefix(fence) { end() } else { block?.code.append(line) }
        } else if text.hasPrefix("```") {
            end()
            let fence = text.prefix { $0 == "`" }
            block = Block(line: number + 1, fence: fence, isSwift: text.dropFirst(fence.count) == "swift")
        } else if let indentation, line.count - text.count >= indentation, block != nil || isAfterEmptyLine {
            if block == nil { block = Block(line: number) }
            block?.code.append(line)
        } else if text.isEmpty {
            block?.code.append(line)
        } else {
            end()
        }
    }

    mutating func end() {
        guard var ended = block else { return }
        block = nil
        while ended.code.last?.allSatisfy({ $0 == " " }) == true { ended.code.removeLast() }
        guard ended.isSwift, !ended.code.isEmpty else { return }
        let margin = ended.code.filter { !$0.isEmpty }.map { $0.prefix { $0 == " " }.count }.min() ?? 0
        examples.append(Example(line: ended.line, code: ended.code.map { String($0.dropFirst(margin)) }))
    }
}

/// Follows brackets and strings over lines of Swift, so that a statement's end and a comment's beginning are known.
struct CodeScanner {
    /// The open brackets and strings: expected closing brackets, or a string's end.
    private var open: [Character] = []
    private var isInLongString = false

    /// Whether a bracket or a string continues on the next line.
    var isOpen: Bool { !open.isEmpty || isInLongString }

    /// - Returns: the code of the line without trailing blanks, and the comment that three or more blanks separate from it.
    mutating func scan(_ line: String) -> (content: Substring, comment: String?) {
        var index = line.startIndex
        while index < line.endIndex {
            let rest = line[index...]
            if isInLongString {
                if rest.hasPrefix("\"\"\"") {
                    isInLongString = false
                    index = line.index(index, offsetBy: 2)
                }
            } else if open.last == "\"" {
                scanString(rest, &index, line)
            } else if rest.hasPrefix("\"\"\"") {
                isInLongString = true
                index = line.index(index, offsetBy: 2)
            } else if rest.hasPrefix("//") {
                return split(line, at: index)
            } else {
                scanCode(line[index])
            }
            index = line.index(after: index)
        }
        return (line[...], nil)
    }

    private mutating func scanString(_ rest: Substring, _ index: inout String.Index, _ line: String) {
        if rest.hasPrefix("\"") {
            open.removeLast()
        } else if rest.hasPrefix("\\(") {
            open.append(")")
            index = line.index(after: index)
        } else if rest.hasPrefix("\\") {
            index = line.index(after: index)
        }
    }

    private mutating func scanCode(_ character: Character) {
        switch character {
        case "(": open.append(")")
        case "[": open.append("]")
        case "{": open.append("}")
        case "\"": open.append("\"")
        case ")", "]", "}": if open.last == character { open.removeLast() }
        default: break
        }
    }

    private func split(_ line: String, at index: String.Index) -> (content: Substring, comment: String?) {
        var content = line[..<index]
        var blanks = 0
        while content.last == " " {
            content.removeLast()
            blanks += 1
        }
        let comment = line[index...].dropFirst(2).drop { $0 == " " }
        return (content, blanks >= 3 ? trimmed(comment) : nil)
    }
}

func trimmed(_ text: Substring) -> String {
    var text = text.drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return String(text)
}

import Testing

/// One order of parameters in all public operators: values, options with defaults, functions, and the place of the call.
@Suite struct OrderOfParametersTests {
    private enum Kind: Int {
        case value, option, function, place

        init(_ parameter: Substring) {
            self =
                switch true {
                case parameter.hasPrefix("file: "), parameter.hasPrefix("line: "): .place
                case parameter.contains("->"): .function
                case parameter.contains(" = "): .option
                default: .value
                }
        }
    }

    @Test(.localOnly) func placesComeLastAndFunctionsBeforeThem() throws {
        let functions = try publicFunctions().filter { $0.parameters.contains("#fileID") }
        #expect(functions.count > 100, "the sources are read")
        for function in functions {
            let parameters = split(function.parameters)
            let text = "\(function.name)(\(parameters.joined(separator: ", ")))"
            #expect(parameters.suffix(2) == ["file: String = #fileID", "line: Int = #line"], "\(text)")
            let kinds = parameters.map { Kind($0).rawValue }
            #expect(kinds == kinds.sorted(), "\(text)")
        }
    }

    /// Commas outside of brackets separate parameters.
    private func split(_ parameters: String) -> [Substring] {
        var (depth, parts, start) = (0, [Substring](), parameters.startIndex)
        var before: Character = " "
        for index in parameters.indices {
            let character = parameters[index]
            if "([<{".contains(character) { depth += 1 }
            if ")]}".contains(character) || character == ">" && before != "-" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append(parameters[start..<index])
                start = parameters.index(after: index)
            }
            before = character
        }
        parts.append(parameters[start...])
        return parts.map { part in
            let trimmed = part.drop { $0.isWhitespace }
            return trimmed[..<(trimmed.lastIndex { !$0.isWhitespace }.map(trimmed.index(after:)) ?? trimmed.endIndex)]
        }
    }
}

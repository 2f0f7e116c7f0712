/// Writes the Swift file that runs the examples of one file as tests.
public struct TestWriter {
    private let path: String
    private let fixtures: Fixtures

    /// - Parameter path: of the examples' file, to which errors refer.
    public init(path: String, fixtures: Fixtures) {
        self.path = path
        self.fixtures = fixtures
    }

    public func write(_ examples: [Example]) -> String {
        let tests = examples.map { self.test($0) }
        let run = zip(examples, tests).filter(\.1.isRun).map { example, _ in
            "    RunnableExample(file, \(example.line), example\(example.line)),\n"
        }
        let name = path.split(separator: "/").last ?? ""
        let imports = Set(examples.flatMap(\.code).filter { $0.hasPrefix("import ") })
            .union(["import Martlet", "import Testing"])
        var text = """
            // Made from \(name), whose examples these are.
            \(imports.sorted().joined(separator: "\n"))

            private let file = "\(path)"

            """
        if !run.isEmpty {
            text += """

                private let examples = [
                \(run.joined())]

                @Test("Examples of \(name)", arguments: examples)
                private func run(_ example: RunnableExample) async throws { await example.run() }

                """
        }
        return text + tests.map { "\n" + $0.code }.joined()
    }

    private func test(_ example: Example) -> (code: String, isRun: Bool) {
        let statements = Statement.split(fixtures.resolve(example.code)).filter { $0.kind != .module }
        let isChecked = statements.contains { $0.expectation != nil }
        let isApplication = example.code.contains { $0.hasPrefix("@main") }
        let first = Statement.split(example.code).first?.kind
        let startsWithDeclaration = first == .module || first == .declaration
        if statements.contains(where: { $0.text.hasPrefix("extension ") || $0.text.contains("\nextension ") }) {
            // Extensions are only allowed at file level.
            return (statements.map { located($0, in: example) }.joined(), false)
        }
        let parameters = "_ context: MartletContext, _ example: ExampleRun"
        var code = "private func example\(example.line)(\(parameters)) async throws {\n"
        for statement in statements { code += self.code(of: statement, in: example) }
        let names = Set(statements.flatMap(\.boundNames)).sorted()
        if !names.isEmpty { code += "_ = (\(names.joined(separator: ", ")))\n" }
        let isRun = !isApplication && (isChecked || !startsWithDeclaration)
        return (code + "}\n", isRun)
    }

    private func code(of statement: Statement, in example: Example) -> String {
        let located = located(statement, in: example)
        guard statement.isExpression else { return located }
        guard let expected = statement.expectation else { return "try await example.use {\n\(located)}\n" }
        let line = example.line + statement.start + statement.lines.count - 1
        return "await example.check(#\"\(expected)\"#, line: \(line)) {\n\(located)}\n"
    }

    /// The statement, located for the compiler in the example's file.
    private func located(_ statement: Statement, in example: Example) -> String {
        // The test itself is the main program.
        let text = statement.text.hasPrefix("@main") ? String(statement.text.dropFirst("@main".count)) : statement.text
        return """
            #sourceLocation(file: "\(path)", line: \(example.line + statement.start))
            \(text)
            #sourceLocation()

            """
    }
}

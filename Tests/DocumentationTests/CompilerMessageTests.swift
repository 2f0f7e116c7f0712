import Foundation
import Testing

/// Compares the messages on the page "When it does not compile" with the compiler's.
@Suite struct CompilerMessageTests {
    /// A block fenced as `swift wrong`, and the lines of the `text` block after it.
    private struct Mistake {
        var code: [String] = []
        var messages: [String] = []
    }

    @Test func theCompilerSaysSo() throws {
        let mistakes = Self.mistakes(in: try DocumentedSources.page("WhenItDoesNotCompile.md"))
        #expect(mistakes.count >= 10)
        let folder = FileManager.default.temporaryDirectory.appending(path: "mistakes-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for (index, mistake) in mistakes.enumerated() {
            try Self.program(mistake, index).write(
                to: folder.appending(path: "mistake\(index).swift"), atomically: true, encoding: .utf8)
        }
        let said = try Compiler().check((0..<mistakes.count).map { folder.appending(path: "mistake\($0).swift") })
        for (index, mistake) in mistakes.enumerated() {
            let errors = said.filter { $0.contains("mistake\(index).swift:") }
            #expect(!mistake.messages.isEmpty)
            for message in mistake.messages {
                #expect(
                    errors.contains { $0.contains("error: \(message)") },
                    "\(mistake.code.joined(separator: "\n"))\ngives\n\((errors.isEmpty ? said : errors).joined(separator: "\n"))")
            }
        }
    }

    private static func mistakes(in page: String) -> [Mistake] {
        var mistakes: [Mistake] = []
        var fence: String?
        for line in page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init) {
            if line.hasPrefix("```") {
                fence = fence == nil ? String(line.dropFirst(3)) : nil
                if fence == "swift wrong" { mistakes.append(Mistake()) }
            } else if fence == "swift wrong" {
                mistakes[mistakes.count - 1].code.append(line)
            } else if fence == "text" {
                mistakes[mistakes.count - 1].messages.append(line)
            }
        }
        return mistakes
    }

    /// Declarations of one line are separate, the rest is in a function.
    private static func program(_ mistake: Mistake, _ index: Int) -> String {
        let isDeclaration = { (line: String) in
            ["public ", "final ", "struct ", "@MainActor "].contains { line.hasPrefix($0) }
        }
        return """
            import Martlet
            \(mistake.code.filter(isDeclaration).joined(separator: "\n"))
            func mistake\(index)(_ context: MartletContext) async throws {
            \(mistake.code.filter { !isDeclaration($0) }.joined(separator: "\n"))
            }
            """
    }
}

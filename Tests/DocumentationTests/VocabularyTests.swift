import Foundation
import Testing

/// Names that the glossary has retired are not used again.
@Suite struct VocabularyTests {
    /// The words in backquotes in the last column of the glossary.
    private static func retiredNames() throws -> Set<String> {
        let text = try String(contentsOf: DocumentedSources.root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)
        let glossary = try #require(text.components(separatedBy: "\n## Glossary\n").last)
        var names: Set<String> = []
        for line in glossary.split(separator: "\n") where line.hasPrefix("| ") && !line.contains("as a type") {
            let last = line.split(separator: "|").last ?? ""
            for (index, part) in last.split(separator: "`", omittingEmptySubsequences: false).enumerated() where index % 2 == 1 {
                names.insert(String(part))
            }
        }
        return names
    }

    @Test func retiredNamesAreGone() throws {
        let retired = try Self.retiredNames()
        #expect(retired.contains("ExecutorHub") && retired.contains("SlotTable"))
        let files = DocumentedSources.swiftFiles(under: "Sources") + DocumentedSources.swiftFiles(under: "Tests")
        for file in files where file.lastPathComponent != "VocabularyTests.swift" {
            let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
            let code = lines.filter { !$0.trimmingCharacters(in: .whitespaces).hasPrefix("//") }.joined(separator: "\n")
            let words = Set(code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
            let found = words.intersection(retired).sorted()
            #expect(found.isEmpty, "\(file.lastPathComponent) uses \(found)")
        }
    }
}

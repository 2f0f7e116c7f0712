import ExampleReader
import Foundation
import Testing

/// Every public function and type has an example in its comment, unless `exceptions` says why not.
@Suite struct CoverageTests {
    /// The modules that `import Martlet` brings, and of those that are mostly engine, the types users meet.
    private static let modules: [(name: String, only: Set<String>?)] = [
        ("Martlet", nil), ("MartletCore", nil), ("MartletStatistics", nil),
        ("MartletPlan", ["PartitionerIdentity"]), ("MartletExecutor", ["TaskContext"]),
        ("MartletShuffle", ["Pair", "EngineHashable", "SortPrefixed", "PartitionerError"]),
    ]

    @Test func everyPublicSymbolHasAnExample() throws {
        var unused = Set(exceptions.keys)
        for module in Self.modules {
            for (path, file) in try sources(of: module.name) {
                for documented in file.declarations where needsExample(documented.declaration, module.only) {
                    let symbol = documented.declaration.path
                    if !documented.examples.isEmpty { continue }
                    if exceptions[symbol] != nil {
                        unused.remove(symbol)
                        continue
                    }
                    Issue.record(
                        "\(symbol) has no example: add an indented block to its comment",
                        sourceLocation: SourceLocation(
                            fileID: "\(module.name)/\(path)", filePath: path, line: documented.line, column: 1))
                }
            }
        }
        #expect(unused.isEmpty, "these exceptions are not needed: \(unused.sorted())")
    }

    @Test func everyPublicSymbolHasAComment() throws {
        for module in Self.modules {
            for (path, file) in try sources(of: module.name) {
                for documented in file.declarations where documented.comment.isEmpty {
                    let declaration = documented.declaration
                    guard declaration.isPublic, !explainsItself(declaration), isMeant(declaration, module.only) else { continue }
                    Issue.record(
                        "\(declaration.path) has no comment",
                        sourceLocation: SourceLocation(
                            fileID: "\(module.name)/\(path)", filePath: path, line: documented.line, column: 1))
                }
            }
        }
    }

    private func needsExample(_ declaration: Declaration, _ only: Set<String>?) -> Bool {
        declaration.isPublic && (declaration.isType || declaration.keyword == "func") && isMeant(declaration, only)
            && !explainsItself(declaration) && !declaration.scope.contains { exceptions[$0] != nil }
    }

    private func isMeant(_ declaration: Declaration, _ only: Set<String>?) -> Bool {
        guard let only else { return !declaration.scope.contains { exceptions[$0] != nil } && exceptions[declaration.path] == nil }
        return only.contains(declaration.scope.first ?? declaration.name)
    }

    /// Operators, and what a protocol of the standard library explains.
    private func explainsItself(_ declaration: Declaration) -> Bool {
        guard let first = declaration.name.first else { return true }
        let known = [
            "description", "hash", "next", "makeIterator", "startIndex", "endIndex", "subscript", "rawValue", "init", "==",
            "engineHash",
        ]
        return !(first.isLetter || first == "`") || known.contains(declaration.name)
    }

    private func sources(of module: String) throws -> [(path: String, file: SourceFile)] {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources").appending(path: module)
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        return try files.compactMap { $0 as? URL }.filter { $0.pathExtension == "swift" }
            .map { ($0.path(percentEncoded: false), SourceFile(text: try String(contentsOf: $0, encoding: .utf8))) }
            .sorted { $0.0 < $1.0 }
    }
}

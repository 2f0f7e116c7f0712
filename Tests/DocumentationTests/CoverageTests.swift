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
            let files = try sources(of: module.name)
            let shown = Set(
                files.flatMap(\.file.declarations).filter { !$0.examples.isEmpty }.map(\.declaration.path))
            // What the examples of types show of their members.
            let calls = Dictionary(
                files.flatMap(\.file.declarations).filter(\.declaration.isType)
                    .map { ($0.declaration.path, $0.examples.flatMap(\.code).joined(separator: "\n")) },
                uniquingKeysWith: +)
            for (path, file) in files {
                let requirements = requirements(of: file)
                for documented in file.declarations where isMeant(documented.declaration, module.only) {
                    let declaration = documented.declaration
                    guard declaration.isType || declaration.keyword == "func", documented.examples.isEmpty,
                        !(refersToOverload(documented) && shown.contains(declaration.path)),
                        !(requirements.contains(declaration.name) && !declaration.scope.isEmpty),
                        !calls[declaration.scope.joined(separator: "."), default: ""].contains(".\(declaration.name)(")
                    else { continue }
                    if let exception = exception(for: declaration) {
                        unused.remove(exception)
                    } else {
                        report("\(declaration.path) has no example: add an indented block to its comment", path, documented)
                    }
                }
            }
        }
        #expect(unused.isEmpty, "these exceptions are not needed: \(unused.sorted())")
    }

    @Test func everyPublicSymbolHasAComment() throws {
        for module in Self.modules {
            for (path, file) in try sources(of: module.name) {
                let requirements = requirements(of: file)
                for documented in file.declarations
                where documented.comment.isEmpty && isMeant(documented.declaration, module.only) {
                    let declaration = documented.declaration
                    let isWitness = requirements.contains(declaration.name) && !declaration.isRequirement
                    if isWitness || exception(for: declaration) != nil { continue }
                    report("\(declaration.path) has no comment", path, documented)
                }
            }
        }
    }

    /// What the public protocols of a file require, by name: for members there that satisfy them, the comments and
    /// examples of the protocol count.
    private func requirements(of file: SourceFile) -> Set<String> {
        Set(file.declarations.map(\.declaration).filter { $0.isRequirement && $0.isPublic }.map(\.name))
    }

    private func report(_ problem: Comment, _ path: String, _ documented: Documented) {
        let name = path.split(separator: "/").last ?? ""
        let location = SourceLocation(fileID: "Sources/\(name)", filePath: path, line: documented.line, column: 1)
        Issue.record(problem, sourceLocation: location)
    }

    /// Whether users meet the symbol, and it is not an operator or something that a standard protocol explains.
    private func isMeant(_ declaration: Declaration, _ only: Set<String>?) -> Bool {
        guard declaration.isPublic, declaration.name.first.map({ $0.isLetter || $0 == "`" }) == true else { return false }
        let known = [
            "description", "hash", "next", "makeIterator", "makeAsyncIterator", "startIndex", "endIndex", "subscript", "rawValue", "init",
            "engineHash",
        ]
        if known.contains(declaration.name) { return false }
        return only?.contains(declaration.scope.first ?? declaration.name) ?? true
    }

    private func exception(for declaration: Declaration) -> String? {
        ([declaration.path] + declaration.scope).first { exceptions[$0] != nil }
    }

    /// `reduceByKey` with a partitioner: the example is that of the overload that the comment starts with.
    private func refersToOverload(_ documented: Documented) -> Bool {
        documented.comment.first?.hasPrefix(" `\(documented.declaration.name)`") == true
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

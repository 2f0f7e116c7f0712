import ExampleReader
import Testing

/// Every public function and type has an example in its comment, unless `exceptions` says why not.
@Suite struct CoverageTests {
    /// The modules that `import Martlet` provides, and, for those that are mostly engine, the types that users meet.
    private static let modules: [(name: String, only: Set<String>?)] = [
        ("Martlet", nil), ("MartletCore", nil), ("MartletStatistics", nil),
        ("MartletPlan", ["PartitionerIdentity"]), ("MartletTasks", nil), ("MartletLineage", ["NotPortable"]),
        ("MartletDriver", nil),
        ("MartletShuffle", ["Pair", "EngineHashable", "SortPrefixed", "PartitionerError"]),
    ]

    @Test func everyPublicSymbolHasAnExample() throws {
        var unused = Set(exceptions.keys)
        for module in Self.modules {
            let files = try DocumentedSources.files(of: module.name)
            let shown = Shown(files.flatMap(\.source.declarations))
            for file in files {
                let requirements = requirements(of: file.source)
                for documented in file.source.declarations where isMeant(documented.declaration, module.only) {
                    let declaration = documented.declaration
                    guard declaration.isType || declaration.keyword == "func", !shown.covers(documented),
                        declaration.scope.isEmpty || !requirements.contains(declaration.name)
                    else { continue }
                    if let exception = exception(for: declaration) {
                        unused.remove(exception)
                    } else {
                        report(
                            "\(declaration.path) has no example: add an indented block to its comment", file.path,
                            documented)
                    }
                }
            }
        }
        #expect(unused.isEmpty, "these exceptions are not needed: \(unused.sorted())")
    }

    @Test func everyPublicSymbolHasAComment() throws {
        for module in Self.modules {
            for file in try DocumentedSources.files(of: module.name) {
                let requirements = requirements(of: file.source)
                for documented in file.source.declarations
                where documented.comment.isEmpty && isMeant(documented.declaration, module.only) {
                    let declaration = documented.declaration
                    let isWitness = requirements.contains(declaration.name) && !declaration.isRequirement
                    if isWitness || exception(for: declaration) != nil { continue }
                    report("\(declaration.path) has no comment", file.path, documented)
                }
            }
        }
    }

    /// The requirements of the public protocols of a file, by name: for members that satisfy them there, the comments and
    /// examples of the protocol count.
    private func requirements(of file: SourceFile) -> Set<String> {
        Set(file.declarations.map(\.declaration).filter { $0.isRequirement && $0.isPublic }.map(\.name))
    }

    private func report(_ problem: Comment, _ path: String, _ documented: Documented) {
        let name = path.split(separator: "/").last ?? ""
        let location = SourceLocation(fileID: "Sources/\(name)", filePath: path, line: documented.line, column: 1)
        Issue.record(problem, sourceLocation: location)
    }

    /// Whether users meet the symbol, and it is neither an operator nor explained by a standard protocol.
    private func isMeant(_ declaration: Declaration, _ only: Set<String>?) -> Bool {
        guard declaration.isPublic, let first = declaration.name.first, first.isLetter || first == "`" else {
            return false
        }
        let known = [
            "description", "hash", "next", "makeIterator", "makeAsyncIterator", "startIndex", "endIndex", "subscript",
            "rawValue", "init", "engineHash",
        ]
        if known.contains(declaration.name) { return false }
        return only?.contains(declaration.scope.first ?? declaration.name) ?? true
    }

    private func exception(for declaration: Declaration) -> String? {
        ([declaration.path] + declaration.scope).first { exceptions[$0] != nil }
    }
}

/// The symbols that the examples of a module show.
private struct Shown {
    /// Symbols with an example of their own.
    private let symbols: Set<String>
    /// The examples of types, by their paths.
    private let examples: [String: String]

    init(_ declarations: [Documented]) {
        symbols = Set(declarations.filter { !$0.examples.isEmpty }.map(\.declaration.path))
        examples = Dictionary(
            declarations.filter(\.declaration.isType)
                .map { ($0.declaration.path, $0.examples.flatMap(\.code).joined(separator: "\n")) },
            uniquingKeysWith: +)
    }

    /// Whether the symbol has an example, or its comment begins with the name of an overload that has one
    /// ("`reduceByKey` with a partitioner"), or the example of its type calls it.
    func covers(_ documented: Documented) -> Bool {
        let declaration = documented.declaration
        if !documented.examples.isEmpty { return true }
        if documented.comment.first?.hasPrefix(" `\(declaration.name)`") == true, symbols.contains(declaration.path) {
            return true
        }
        let type = declaration.scope.joined(separator: ".")
        return examples[type, default: ""].contains(".\(declaration.name)(")
    }
}

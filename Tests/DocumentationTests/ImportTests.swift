import ExampleReader
import Foundation
import Testing

/// `import Martlet` brings the public API, and of the engine's modules only what `Exports.swift` names.
@Suite struct ImportTests {
    private static let modules = [
        "MartletPlan", "MartletShuffle", "MartletTasks", "MartletLineage", "MartletExecutor", "MartletDriver",
    ]

    @Test func onlyExportsAreInScope() throws {
        let list = try String(contentsOf: DocumentedSources.root.appending(path: "Sources/Martlet/Exports.swift"), encoding: .utf8)
        let exports = Set(list.matches(of: /(?m)^@_exported .*\.(\w+)$/).map { String($0.1) })
        let types = try Set(
            Self.modules.flatMap { try DocumentedSources.files(of: $0) }.flatMap(\.source.declarations).map(\.declaration)
                .filter { $0.isPublic && $0.isType && $0.scope.isEmpty }.map(\.name)
        ).sorted()
        #expect(types.count > 40 && exports.count > 20)
        let file = FileManager.default.temporaryDirectory.appending(path: "imports-\(UUID()).swift")
        defer { try? FileManager.default.removeItem(at: file) }
        let uses = types.map { "func use(_: \($0)) {}" }
        try (["import Martlet"] + uses).joined(separator: "\n").write(to: file, atomically: true, encoding: .utf8)
        let said = try Compiler().check([file])
        for type in types {
            let isUnknown = said.contains { $0.hasSuffix("error: cannot find type '\(type)' in scope") }
            #expect(isUnknown != exports.contains(type), "\(type)")
        }
    }
}

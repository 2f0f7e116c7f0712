import Foundation
import Testing

/// One run of an example: checks its values, and holds its output.
final class ExampleRun: Sendable {
    private let file: String
    /// A folder for the example's output.
    let folder: String

    init(file: String) {
        self.file = file
        folder = NSTemporaryDirectory() + "martlet-example-\(UUID().uuidString)"
        try? FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Computes an unchecked value.
    func use<Value>(_ expression: () async throws -> Value) async throws { _ = try await expression() }

    /// Checks that the value of an expression prints as the text: by itself, or as in an array, where strings have quotes.
    /// A text that ends in `...` is only the beginning. `throws` and an error's type or text means that the expression
    /// throws that error.
    func check<Value>(_ expected: String, line: Int, _ expression: () async throws -> Value) async {
        var found: [String]
        do {
            let value = try await expression()
            found = [String(describing: value), String(reflecting: value)]
        } catch {
            found = ["throws \(error)", "throws \(type(of: error))"]
        }
        if found.contains(where: { matches($0, expected) }) { return }
        Issue.record("the example says \(expected), but the value is \(found[0])", sourceLocation: location(line))
    }

    private func matches(_ found: String, _ expected: String) -> Bool {
        expected.hasSuffix("...") ? found.hasPrefix(expected.dropLast(3)) : found == expected
    }

    func location(_ line: Int) -> SourceLocation {
        let name = file.split(separator: "/").last ?? ""
        return SourceLocation(fileID: "Documentation/\(name)", filePath: file, line: line, column: 1)
    }
}

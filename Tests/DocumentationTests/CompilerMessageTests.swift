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

/// Asks the compiler about files that use the modules of this build.
private struct Compiler {
    /// The place where the tests were built.
    private let build: URL

    init() throws {
        let maps = try String(contentsOfFile: "/proc/self/maps", encoding: .utf8)
        let bundle = maps.split(separator: "\n").first { $0.hasSuffix("PackageTests.xctest") }
        let path = try #require(bundle?.split(separator: " ", maxSplits: 5).last)
        build = URL(fileURLWithPath: path.trimmingCharacters(in: .whitespaces)).deletingLastPathComponent()
    }

    /// The lines of its output.
    func check(_ files: [URL]) throws -> [String] {
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["swiftc", "-typecheck", "-wmo", "-swift-version", "6", "-parse-as-library", "-I", path(build.appending(path: "Modules"))]
            + moduleMaps().flatMap { ["-Xcc", "-fmodule-map-file=\(path($0))", "-Xcc", "-I\(path($0.deletingLastPathComponent()))"] }
            + files.map(path)
        process.standardError = output
        try process.run()
        let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return said.split(separator: "\n").map(String.init)
    }

    private func path(_ url: URL) -> String { url.path(percentEncoded: false) }

    /// For the C modules that modules of this package import.
    private func moduleMaps() -> [URL] {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "Sources")
        let scratch = build.deletingLastPathComponent().deletingLastPathComponent()
        let checkouts = below(scratch.appending(path: "checkouts")).flatMap { below($0.appending(path: "Sources")) }
        return (below(build) + below(sources) + checkouts.map { $0.appending(path: "include") })
            .map { $0.appending(path: "module.modulemap") }
            .filter { FileManager.default.fileExists(atPath: path($0)) }
    }

    private func below(_ folder: URL) -> [URL] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path(folder))) ?? []
        return names.sorted().map { folder.appending(path: $0) }
    }
}

import Foundation
import Testing

/// Asks the compiler about files that use the modules of this build.
struct Compiler {
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
        let sources = (0..<4).reduce(URL(fileURLWithPath: #filePath)) { path, _ in path.deletingLastPathComponent() }
            .appending(path: "Sources")
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

import Foundation

/// An example's program, built beside the test bundle and run as a process of its own.
struct Example {
    let name: String

    static let all = [
        "WordCount", "Grep", "PageRank", "KMeans", "LogisticRegression", "TeraSort", "Pi", "DebianPackages",
    ]

    /// What a process has left behind.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }

        /// The columns of each line, which stand between tabs.
        var rows: [[String]] { lines.map { $0.split(separator: "\t").map(String.init) } }
    }

    func run(_ arguments: String...) throws -> Outcome {
        let process = Process()
        process.executableURL = Self.folder.appendingPathComponent(name)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.filter { $0.key != "MARTLET_CONF_DIR" }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        try process.run()
        let outputData = try output.fileHandleForReading.readToEnd() ?? Data()
        let errorData = try errors.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return Outcome(
            status: process.terminationStatus, output: String(decoding: outputData, as: UTF8.self),
            errors: String(decoding: errorData, as: UTF8.self))
    }

    /// Where the test bundle is, and the programs with it.
    private static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()
}

/// A folder that is removed, with all it holds, when the test lets go of it.
final class Folder {
    private let url = FileManager.default.temporaryDirectory
        .appendingPathComponent("martlet-examples-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// - Returns: the path of the file.
    func write(_ name: String, _ lines: [String]) throws -> String {
        let text = lines.map { $0 + "\n" }.joined()
        try text.write(toFile: path(name), atomically: true, encoding: .utf8)
        return path(name)
    }

    /// The bytes of the part files of a folder, one after the other.
    func parts(of name: String) throws -> [UInt8] {
        let names = try FileManager.default.contentsOfDirectory(atPath: path(name)).filter { $0.hasPrefix("part-") }
        return try names.sorted().flatMap { part in
            [UInt8](try Data(contentsOf: URL(fileURLWithPath: path(name) + "/" + part)))
        }
    }
}

/// Random numbers that are the same in every run.
struct Dice: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 32) | (state << 32)
    }
}

import Foundation

/// An example's program, built beside the test bundle and run as a process of its own.
struct Example {
    let name: String

    static let all = [
        "WordCount", "Grep", "PageRank", "KMeans", "LogisticRegression", "TeraSort", "Pi", "DebianPackages",
    ]

    /// The output of a process.
    struct Outcome {
        let status: Int32
        let output: String
        let errors: String

        var lines: [String] { output.split(separator: "\n").map(String.init) }

        /// The columns of each line, separated by tabs.
        var rows: [[String]] { lines.map { $0.split(separator: "\t").map(String.init) } }
    }

    /// Runs the program to its end. Its output goes to files, so that no process waits for a reader.
    ///
    /// `Process` is not used: several at a time, it can miss the end of one.
    func run(_ arguments: String...) throws -> Outcome {
        let folder = try Folder()
        let (output, errors) = (folder.path("output"), folder.path("errors"))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT, 0o600)
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT, 0o600)

        let program = Self.folder.appendingPathComponent(name).path
        let master = arguments.contains("--master") ? [] : Self.masterArguments
        var words = ([program] + arguments + master).map { strdup($0) } + [nil]
        var environment = [strdup("PATH=/usr/bin:/bin"), strdup("COLUMNS=80"), nil]
        defer { for text in words + environment { free(text) } }
        var process: pid_t = 0
        let code = posix_spawn(&process, program, &actions, nil, &words, &environment)
        guard code == 0 else { throw CocoaError(.executableLoad, userInfo: ["program": program, "code": code]) }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        // The exit code; a signal's number is below it.
        return Outcome(
            status: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F),
            output: try String(contentsOfFile: output, encoding: .utf8),
            errors: try String(contentsOfFile: errors, encoding: .utf8))
    }

    /// Replaces the default master of examples, as in `MARTLET_TEST_MASTER='local-cluster[2,1,1024]'`.
    private static let masterArguments = ProcessInfo.processInfo.environment["MARTLET_TEST_MASTER"].map { ["--master", $0] } ?? []

    /// The folder of the test bundle and of the programs.
    private static let folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()
}

/// A folder that is removed with its content when the test releases it.
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

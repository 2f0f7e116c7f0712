import Foundation
import Martlet
import Testing

/// Faults of real processes. One after the other: a machine that is busy with another test's executors proves little.
@Suite(.serialized) struct ClusterTests {}

/// A context with executors, and what it takes to find these from outside: a secret and a directory of its own.
final class Cluster: Sendable {
    let context: MartletContext
    let folder: TemporaryFolder
    private let secret: String

    init(_ master: String = "local-cluster[3,1,512]", _ settings: String...) throws {
        folder = TemporaryFolder()
        secret = "test-\(getpid())-\(UInt64.random(in: .min ... .max))"
        let ours = [
            "martlet.ui.progress=off", "martlet.local.dir=\(folder.path)", "martlet.authenticate.secret=\(secret)",
        ]
        context = try MartletContext(master: master, settings: Settings(parsing: ours + settings))
    }

    deinit { context.stop() }

    /// The executors that there are now, in the order of their ids.
    var processes: [ExecutorInfo] { ExecutorInfo.all(secret: secret) }

    /// Waits until all executors have begun: a job runs on each.
    func isComplete(_ count: Int) async -> Bool { await eventually { self.processes.count == count } }

    /// Ends the context, and looks for what it has left.
    func stop() {
        context.stop()
        #expect(processes.isEmpty, "processes are left")
        #expect(folder.files.isEmpty, "files are left")
    }
}

/// An executor's process, as the system shows it.
struct ExecutorInfo: Equatable, Sendable {
    let pid: pid_t
    /// `martlet-executor-0`
    let name: String

    func send(_ signal: Int32) { kill(pid, signal) }

    /// Executors of an application, also those whose driver is gone: a secret is in the environment that they began with.
    static func all(secret: String) -> [ExecutorInfo] {
        var found: [ExecutorInfo] = []
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(entry), let name = words(in: "/proc/\(pid)/cmdline").first,
                name.hasPrefix("martlet-executor-"),
                words(in: "/proc/\(pid)/environ").contains("MARTLET_EXECUTOR_SECRET=\(secret)")
            else { continue }
            found.append(ExecutorInfo(pid: pid, name: name))
        }
        return found.sorted { ($0.name.count, $0.name) < ($1.name.count, $1.name) }
    }

    private static func words(in path: String) -> [String] {
        guard let bytes = FileManager.default.contents(atPath: path) else { return [] }
        return bytes.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}

/// Waits for something that others bring about, with a deadline.
func eventually(within limit: Duration = .seconds(60), _ condition: @Sendable () -> Bool) async -> Bool {
    let deadline = ContinuousClock.now + limit
    while !condition() {
        if ContinuousClock.now > deadline { return false }
        try? await Task.sleep(for: .milliseconds(10))
    }
    return true
}

/// The error that an action throws.
func failure<Result>(of body: () async throws -> Result) async -> (any Error)? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

/// What functions of the tests throw.
struct Refusal: Error, CustomStringConvertible {
    let value: Int
    var description: String { "\(value) is refused" }
}

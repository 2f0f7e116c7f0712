import Glibc
import TestSupport

/// An executor's process, as the system shows it.
struct ExecutorInfo: Equatable, Sendable {
    let pid: pid_t
    /// `martlet-executor-0`
    let name: String

    func send(_ signal: Int32) { kill(pid, signal) }

    /// How far it has come with its start; 0 when it is gone.
    var threadCount: Int { directoryContents(of: "/proc/\(pid)/task")?.count ?? 0 }

    /// A variable of the environment that it began with.
    func variable(_ name: String) -> String? {
        Self.words(in: "/proc/\(pid)/environ").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// Executors of an application, also those whose driver is gone: a secret is in the environment that they began with. One
    /// that was started at this moment may not show it yet.
    static func all(secret: String) -> [ExecutorInfo] {
        var found: [ExecutorInfo] = []
        for entry in directoryContents(of: "/proc") ?? [] {
            guard let pid = pid_t(entry), let name = words(in: "/proc/\(pid)/cmdline").first,
                name.hasPrefix("martlet-executor-"),
                case let process = ExecutorInfo(pid: pid, name: String(name)),
                process.variable("MARTLET_EXECUTOR_SECRET") == secret
            else { continue }
            found.append(process)
        }
        return found.sorted { ($0.name.count, $0.name) < ($1.name.count, $1.name) }
    }

    private static func words(in path: String) -> [Substring] {
        contents(of: path)?.split(separator: "\0") ?? []
    }
}

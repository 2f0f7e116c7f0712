import Glibc
import TestSupport

/// An executor's process, as the system shows it.
struct ExecutorInfo: Equatable, Sendable {
    let pid: pid_t
    /// `martlet-executor-0`
    let name: String

    func send(_ signal: Int32) { kill(pid, signal) }

    /// How far the process has started; 0 once it has ended.
    var threadCount: Int { directoryContents(of: "/proc/\(pid)/task")?.count ?? 0 }

    /// A variable of its initial environment.
    func variable(_ name: String) -> String? {
        Self.words(in: "/proc/\(pid)/environ").first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// Executors of an application, including those whose driver has ended: their initial environment contains a secret. A
    /// process that is just starting may not show it yet.
    ///
    /// - Parameter ofWorkers: whether workers have started them, under the names of their programs.
    static func all(secret: String, ofWorkers: Bool = false) -> [ExecutorInfo] {
        var found: [ExecutorInfo] = []
        for entry in directoryContents(of: "/proc") ?? [] {
            guard let pid = pid_t(entry), let name = words(in: "/proc/\(pid)/cmdline").first,
                ofWorkers || name.hasPrefix("martlet-executor-"),
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

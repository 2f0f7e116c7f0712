import Glibc
import Martlet
import TestSupport
import Testing

/// Real executors and their failures. The tests run one after the other: a machine that is busy with another test's
/// executors proves little. The time limit is for tests that hang.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ClusterTests {}

/// A context with executors, and the means to find these from outside: a secret and a directory of its own.
final class Cluster: Sendable {
    let context: MartletContext
    let folder = TemporaryDirectory()
    private let gates = TemporaryDirectory()
    let secret: String

    init(_ master: String = "local-cluster[3,1,512]", _ settings: String...) throws {
        _ = Self.endsQuietly
        secret = "test-\(getpid())-\(UInt64.random(in: .min ... .max))"
        let ours = [
            "martlet.ui.progress=off", "martlet.local.dir=\(folder.path)", "martlet.authenticate.secret=\(secret)",
        ]
        context = try MartletContext(master: master, settings: Settings(parsing: ours + settings))
    }

    deinit { context.stop() }

    /// Executors that trap write no backtrace, which would take seconds. They inherit this process's environment; it is
    /// changed once, since other threads may read it.
    private static let endsQuietly: Void = { _ = setenv("SWIFT_BACKTRACE", "enable=no", 0) }()

    /// The current executors, in the order of their ids.
    var processes: [ExecutorInfo] { ExecutorInfo.all(secret: secret) }

    /// Complete files with map outputs.
    var mapOutputs: [String] {
        files(under: folder.path).filter { $0.split(separator: "/").last?.hasPrefix("shuffle_") == true }.sorted()
    }

    func makeGate() -> ProcessGate { ProcessGate(in: gates) }

    /// A gate that opens as soon as so many tasks have begun.
    func makeGate(openAfterStarts count: Int) -> ProcessGate {
        let gate = makeGate()
        context.addListener(TaskCounter(.starts, at: [count]) { gate.open() })
        return gate
    }

    /// Runs a task on each of so many executors with one slot, at the same time.
    ///
    /// - Returns: their processes.
    @discardableResult
    func occupy(_ count: Int) async throws -> Set<pid_t> {
        let gate = makeGate(openAfterStarts: count)
        let pids = try await context.range(0, count, partitions: count).map { _ in
            try gate.pass()
            return getpid()
        }.collect()
        #expect(Set(pids).count == count, "a task on each executor")
        return Set(pids)
    }

    /// Stops the context, and checks that it has left nothing.
    func stop() {
        context.stop()
        #expect(processes.isEmpty, "processes are left")
        #expect(folder.names.isEmpty, "files are left")
    }
}

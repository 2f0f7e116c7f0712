import Glibc
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import Synchronization

/// One process of a worker: from the order to start it, over the arrival of its program, until it has ended.
final class WorkProcess: Sendable {
    let launch: Launch
    let program: ProgramLaunch

    /// The master that ordered it.
    let master: ClusterAddress
    private let state = Mutex(State())

    private struct State {
        var process: ProgramProcess?

        /// The file that arrives now.
        var arriving: NetworkStream?
        var killDeadline: Instant?
        var isKilled = false

        /// The limit that it has broken.
        var broken: String?
        var overCount = 0
    }

    init(_ launch: Launch, _ program: ProgramLaunch, master: ClusterAddress) {
        (self.launch, self.program, self.master) = (launch, program, master)
    }

    var work: WorkID { launch.work }

    /// The number of the process, and of its group; nil while there is none.
    var pid: pid_t? { state.withLock { state in state.process.flatMap { $0.hasEnded ? nil : $0.pid } } }
    var isKilled: Bool { state.withLock { $0.isKilled } }

    /// The limit that it has broken; nil if none.
    var brokenLimit: String? { state.withLock { $0.broken } }

    /// A file arrives: the end of the process also ends that.
    func arrives(_ stream: NetworkStream?) {
        let isKilled = state.withLock { state in
            state.arriving = stream
            return state.isKilled
        }
        if isKilled { stream?.cancel() }
    }

    func runs(_ process: ProgramProcess) {
        let isKilled = state.withLock { state in
            state.process = process
            return state.isKilled
        }
        if isKilled { process.kill() }
    }

    /// Asks the process to end; `endIfLate` kills it when it does not.
    func end(deadline: Instant) {
        let (process, stream) = state.withLock { state in
            (state.isKilled, state.killDeadline) = (true, state.killDeadline ?? deadline)
            return (state.process, state.arriving)
        }
        stream?.cancel()
        process?.signal(SIGTERM)
        // A stopped process takes no signal.
        process?.signal(SIGCONT)
    }

    func endIfLate(at now: Instant) {
        let process = state.withLock { state in state.killDeadline.map { now >= $0 } == true ? state.process : nil }
        process?.kill()
    }

    /// Ends it at once.
    func kill() {
        let (process, stream) = state.withLock { state in
            state.isKilled = true
            return (state.process, state.arriving)
        }
        stream?.cancel()
        process?.kill()
    }

    /// Notes how much memory the process uses. What is over the limit twice in a row ends.
    func uses(_ bytes: Int) {
        let limit = MemoryLimit(of: launch.resources)
        let process: ProgramProcess? = state.withLock { state in
            state.overCount = bytes > limit.bytes ? state.overCount + 1 : 0
            guard state.overCount >= 2, state.broken == nil else { return nil }
            state.broken = limit.reason(used: bytes)
            return state.process
        }
        process?.kill()
    }
}

/// The memory that a process may use: what it was given, and a tenth of that, at least 384 MiB, for what it does not count.
struct MemoryLimit: Sendable {
    let given: Int
    var overhead: Int { max(given / 10, 384 << 20) }
    var bytes: Int { given.addingReportingOverflow(overhead).overflow ? .max : given + overhead }

    init(of resources: Resources) { given = resources.memoryBytes }

    func reason(used: Int) -> String {
        "it used \(byteText(used)) of memory; its limit is \(byteText(given)) and \(byteText(overhead)) of overhead (10 %, at least 384 MiB)"
    }
}

import Glibc
import Martlet
@testable import MartletCluster
import MartletCore
import MartletNetwork
@testable import MartletScheduler
import Synchronization

/// For the many small files of a test: a file system in memory.
let memoryDirectory = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"

/// Executors, each of which has run a task.
func makeContext(executors: Int = 2, _ settings: String...) async throws -> MartletContext {
    let ours = ["martlet.ui.progress=off", "martlet.local.dir=\(memoryDirectory)", "martlet.locality.wait=1ms"]
    let context = try MartletContext(
        master: "local-cluster[\(executors),1,256]", settings: Settings(parsing: ours + settings))
    var seen: Set<Int32> = []
    while seen.count < executors {
        let numbers = context.range(0, executors * 2, partitions: executors * 2)
        seen = Set(
            try await numbers.map { _ in
                usleep(5000)
                return getpid()
            }.collect())
    }
    return context
}

/// Waits for something that other threads bring about.
func eventually(_ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + .seconds(60)
    while !condition() {
        if ContinuousClock.now > deadline { return false }
        usleep(1000)
    }
    return true
}

/// Writes down what comes, and answers with what it is given.
final class Recorder: NetworkHandler {
    struct Notes: Sendable {
        var messages: [[UInt8]] = []
        var requests: [[UInt8]] = []
        var connections: [any NetworkConnection] = []
        var closings: [NetworkError?] = []
    }

    let notes = Mutex(Notes())
    private let answering: @Sendable ([UInt8], NetworkAnswer) -> Void

    init(answering: @escaping @Sendable ([UInt8], NetworkAnswer) -> Void = { $1.fail("nobody answers") }) {
        self.answering = answering
    }

    var messages: [[UInt8]] { notes.withLock { $0.messages } }
    var requests: [[UInt8]] { notes.withLock { $0.requests } }
    var connections: [any NetworkConnection] { notes.withLock { $0.connections } }
    var isClosed: Bool { notes.withLock { !$0.closings.isEmpty } }

    func connected(_ connection: any NetworkConnection) { notes.withLock { $0.connections.append(connection) } }
    func received(_ message: [UInt8], on connection: any NetworkConnection) { notes.withLock { $0.messages.append(message) } }

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        notes.withLock { $0.requests.append(body) }
        answering(body, answer)
    }

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) { notes.withLock { $0.closings.append(reason) } }
}

extension TaskAttempt {
    static var sample: TaskAttempt {
        TaskAttempt(
            id: TaskID(900), job: JobID(1), stage: StageID(3), stageAttempt: 0, index: 7, partition: 7, attempt: 1, slot: 2,
            executor: ExecutorID(0))
    }
}

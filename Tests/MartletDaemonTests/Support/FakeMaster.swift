import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletThreads
import TestSupport

/// A master that does what a test says: it answers registrations, sends orders, serves files, and notes what it hears.
final class FakeMaster: NetworkHandler {
    struct Notes: Sendable {
        var connections: [any NetworkConnection] = []
        var registrations: [(description: WorkerDescription, report: WorkReport)] = []
        var messages: [WorkerMessage] = []
        var orderCount = 0

        var worker: WorkerDescription? { registrations.last?.description }
        func end(of work: WorkID) -> WorkEnd? {
            for case .ended(let ended) in messages where ended.work == work { return ended.end }
            return nil
        }
        func hasStarted(_ work: WorkID) -> Bool { messages.contains(.started(work)) }
    }

    let network = Network()
    private let notes = Monitor(Notes())
    private let files = FileServer([])
    private let term: Int
    let address: ClusterAddress

    init(port: Int = 0, term: Int = 1) throws {
        self.term = term
        let door = Door()
        let made = try network.listen(
            on: NetworkAddress(host: "127.0.0.1", port: port), NetworkOptions(identity: "master", security: .none)) { door }
        address = ClusterAddress(host: "127.0.0.1", port: made.address.port)
        door.owner.change(waking: 0) { $0.master = self }
    }

    /// It ends; workers lose their connection. Not in `deinit`: an event loop may release it last, and would wait for itself.
    func end() { network.shutdown() }

    /// The listener needs a handler before there is a master; it does not keep the master, which owns the network.
    private final class Door: NetworkHandler {
        struct Owner: Sendable { weak var master: FakeMaster? }
        let owner = Monitor(Owner())
        private var master: FakeMaster? {
            var master: FakeMaster?
            owner.change(waking: 0) { master = $0.master }
            return master
        }

        func connected(_ connection: any NetworkConnection) { master?.connected(connection) }
        func received(_ message: [UInt8], on connection: any NetworkConnection) { master?.received(message, on: connection) }
        func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
            master?.requested(body, on: connection, answer: answer)
        }
        func closed(_ connection: any NetworkConnection, reason: NetworkError?) {}
    }

    func connected(_ connection: any NetworkConnection) { notes.change(waking: .max) { $0.connections.append(connection) } }

    func received(_ message: [UInt8], on connection: any NetworkConnection) {
        guard let message = try? ClusterCoding.decode(message, as: MasterMessage.self) else { return }
        switch message {
        case .registerWorker(let description, let report):
            // Before the test hears of it, and sends more.
            send(.registered, on: connection)
            notes.change(waking: .max) { $0.registrations.append((description, report)) }
        case .worker(_, let message):
            notes.change(waking: .max) { $0.messages.append(message) }
            switch message {
            case .ended(let ended): send(.acknowledged([ended.work]), on: connection)
            case .report(let report): send(.acknowledged(report.ended.map(\.work)), on: connection)
            case .started, .leaving: break
            }
        default: break
        }
    }

    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        files.requested(body, on: connection, answer: answer)
    }

    func closed(_ connection: any NetworkConnection, reason: NetworkError?) {}

    private func send(_ kind: WorkerOrder.Kind, _ program: ProgramLaunch? = nil, on connection: any NetworkConnection) {
        connection.send(ClusterCoding.encode(MasterNotice.worker(WorkerOrder(term: term, kind), launch: program)))
    }

    /// Sends an order over the newest connection.
    func order(_ kind: WorkerOrder.Kind, _ program: ProgramLaunch? = nil) {
        var connection: (any NetworkConnection)?
        notes.change(waking: 0) { connection = $0.connections.last }
        if let connection { send(kind, program, on: connection) }
    }

    /// Orders the launch of a process, with the next number.
    @discardableResult
    func launch(
        _ work: WorkID, _ program: ProgramLaunch?, _ resources: Resources = Resources(cores: 1, memoryBytes: 64 << 20),
        isSupervised: Bool = false
    ) -> Launch {
        var number = 0
        notes.change(waking: 0) { notes in
            notes.orderCount += 1
            number = notes.orderCount
        }
        let launch = Launch(number: LaunchNumber(term: term, number: number), work: work, resources: resources, isSupervised: isSupervised)
        order(.launch(launch), program)
        return launch
    }

    func serve(_ file: FileReference, path: String) { files.add(file, path: path) }

    /// Waits for something; nil after a minute.
    func wait<Result>(for body: (Notes) -> Result?) -> Result? { notes.wait(atMost: .seconds(60)) { body($0) } }
    func end(of work: WorkID) -> WorkEnd? { wait { $0.end(of: work) } }
    func hasStarted(_ work: WorkID) -> Bool { wait { $0.hasStarted(work) ? true : nil } ?? false }
    var now: Notes { notes.wait { $0 } }
}

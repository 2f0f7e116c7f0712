import Foundation
import Logging
import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletThreads
import Testing

@testable import MartletDaemon

/// A master on the loopback, and the network of those that speak with it.
final class MasterFixture: Sendable {
    let master: MasterDaemon
    let store: TestStore
    let network = Network()
    let directory: String
    private let end = Monitor<(status: Int32, reason: String)?>(nil)

    static let secret = ClusterSecret("a secret of the tests' cluster")

    init(store: TestStore = TestStore(), fileLimit: Int = 1 << 30, limits: MasterLimits = MasterLimits()) throws {
        (self.store, directory) = (store, NSTemporaryDirectory() + "martlet-master-\(UUID().uuidString)")
        var options = MasterOptions(
            host: "127.0.0.1", directory: directory, store: store, logger: Logger(label: "master") { _ in SwiftLogNoOpLogHandler() })
        (options.port, options.secret, options.fileLimit, options.limits) = (0, Self.secret, fileLimit, limits)
        master = try MasterDaemon(options)
        startDetachedThread("a master", stackBytes: 8 << 20) { [master, end] in
            let result = master.run()
            end.change(waking: .max) { $0 = result }
        }
    }

    /// Waits for the master's end.
    func ended() throws -> (status: Int32, reason: String) { try #require(end.wait(atMost: Self.patience) { $0 }) }

    func stop() throws {
        master.stop()
        _ = try ended()
        network.shutdown()
        try? FileManager.default.removeItem(atPath: directory)
    }

    func overview(_ member: Member) throws -> ClusterOverview { try ClusterCoding.decode(member.ask(.overview)) }

    /// So long a test waits for what must come.
    static let patience = Duration.seconds(120)

    static func options(_ secret: ClusterSecret = secret) -> NetworkOptions {
        NetworkOptions(identity: "test", security: .sharedSecret(secret.text))
    }

    func connect(_ secret: ClusterSecret = secret, files: [(FileReference, path: String)] = []) throws -> Member {
        let member = Member(files)
        let at = NetworkAddress(host: "127.0.0.1", port: master.address.port)
        member.connection = try network.connect(to: at, Self.options(secret), handler: member)
        return member
    }

    /// A member that has registered as a worker.
    func worker(_ number: Int, cores: Int = 4, port: Int? = nil) throws -> Member {
        let member = try connect()
        member.send(.registerWorker(Self.worker(number, cores: cores, port: port), .empty))
        return member
    }

    static func worker(_ number: Int, cores: Int = 4, port: Int? = nil) -> WorkerDescription {
        WorkerDescription(
            id: WorkerID("worker-\(number)"), address: ClusterAddress(host: "127.0.0.1", port: port ?? 20_000 + number),
            resources: Resources(cores: cores, memoryBytes: 8 << 30))
    }

    static func application(_ name: String, port: Int = 30_000) -> ApplicationDescription {
        var application = ApplicationDescription(
            name: name, address: ClusterAddress(host: "127.0.0.1", port: port), coresMax: 2, memoryPerExecutorBytes: 1 << 30)
        application.program = ProgramLaunch(
            program: FileReference(hash: String(repeating: "a", count: 64), byteCount: 3, name: name),
            source: .driver(application.address), secret: ClusterSecret("a secret of application \(name)"))
        return application
    }
}

/// A process that speaks with a master.
final class Member: NetworkHandler {
    private let server: FileServer
    private let state = Monitor(State())

    private struct State: Sendable {
        var connection: (any NetworkConnection)?
        var notices: [MasterNotice] = []
        var end: String?
    }

    init(_ files: [(FileReference, path: String)] = []) { server = FileServer(files) }

    var connection: (any NetworkConnection)? {
        get { state.wait { .some($0.connection) } }
        set { state.change(waking: 0) { $0.connection = newValue } }
    }

    var noticeCount: Int { state.wait { $0.notices.count } }

    func send(_ message: MasterMessage) { connection?.send(ClusterCoding.encode(message)) }

    func ask(_ request: ClusterRequest) throws -> [UInt8] {
        try #require(connection).requestBlocking(ClusterCoding.encode(request), timeout: MasterFixture.patience)
    }

    /// What was sent before is in the master's inbox, and what the master has sent before has arrived.
    func passThrough() { _ = try? connection?.requestBlocking(ClusterCoding.encode(ClusterRequest.file(hash: "none")), timeout: MasterFixture.patience) }

    /// Takes the first notice that `choose` makes something of; earlier ones are passed over.
    func notice<Result>(_ choose: (MasterNotice) -> Result?) throws -> Result {
        let found = state.wait(atMost: MasterFixture.patience) { state -> Swift.Result<Result, Closed>? in
            while !state.notices.isEmpty {
                if let result = choose(state.notices.removeFirst()) { return .success(result) }
            }
            return state.end.map { .failure(Closed(reason: $0)) }
        }
        return try #require(found).get()
    }

    struct Closed: Error { let reason: String }

    /// Waits until the connection has ended.
    /// - Returns: the reason
    func closed() throws -> String { try #require(state.wait(atMost: MasterFixture.patience) { $0.end }) }

    func connected(_ connection: any NetworkConnection) {}
    func received(_ message: [UInt8], on connection: any NetworkConnection) {
        guard let notice = try? ClusterCoding.decode(message, as: MasterNotice.self) else { return }
        state.change(waking: .max) { $0.notices.append(notice) }
    }
    func requested(_ body: [UInt8], on connection: any NetworkConnection, answer: NetworkAnswer) {
        server.requested(body, on: connection, answer: answer)
    }
    func closed(_ connection: any NetworkConnection, reason: NetworkError?) {
        state.change(waking: .max) { $0.end = reason.map { "\($0)" } ?? "closed here" }
    }
}

extension MasterNotice {
    var registeredApplication: ApplicationID? {
        if case .application(.registered(let id, _)) = self { id } else { nil }
    }
    var order: (WorkerOrder.Kind, ProgramLaunch?)? { if case .worker(let order, let launch) = self { (order.kind, launch) } else { nil } }
    var launch: (Launch, ProgramLaunch?)? { if case .launch(let launch)? = order?.0 { (launch, order?.1) } else { nil } }
    var submitter: SubmitterNotice? { if case .submitter(let notice) = self { notice } else { nil } }
    var submitted: DriverID? { if case .submitted(let id)? = submitter { id } else { nil } }
    var refusal: String? {
        switch self {
        case .submitter(.refused(let reason)), .application(.refused(let reason)): reason
        default: nil
        }
    }
}

/// Records in memory, whose writes a test watches and makes fail.
final class TestStore: RecordStore {
    private let state = Monitor(State())

    private struct State: Sendable {
        var records: [ClusterRecord.Key: ClusterRecord] = [:]
        var transactions: [[RecordChange]] = []
        var error: RecordStoreError?
        var before: (@Sendable ([RecordChange]) -> Void)?
    }

    var transactions: [[RecordChange]] { state.wait { $0.transactions } }

    /// Called before each write, on the master's thread.
    func before(_ action: (@Sendable ([RecordChange]) -> Void)?) { state.change(waking: 0) { $0.before = action } }

    /// Each later write fails.
    func fail(_ error: RecordStoreError) { state.change(waking: 0) { $0.error = error } }

    func all() throws(RecordStoreError) -> [ClusterRecord] { state.wait { Array($0.records.values) } }

    func apply(_ changes: [RecordChange]) throws(RecordStoreError) {
        let (before, error) = state.wait { ($0.before, $0.error) }
        before?(changes)
        if let error { throw error }
        state.change(waking: .max) { state in
            state.transactions.append(changes)
            for change in changes {
                switch change {
                case .put(let record): state.records[record.key] = record
                case .remove(let key): state.records[key] = nil
                }
            }
        }
    }
}

import MartletClusterClient
import MartletClusterState
import MartletCore
import MartletNetwork
import MartletThreads
import Synchronization
import Testing

@testable import MartletDaemon

@Suite struct MasterDaemonTests {
    @Test func anApplicationGetsAnExecutorWithItsProgram() throws {
        let fixture = try MasterFixture()
        let worker = try fixture.worker(1)
        try worker.notice { if case .registered? = $0.order?.0 { () } else { nil } }
        let application = try fixture.connect()
        let description = MasterFixture.application("words")
        application.send(.registerApplication(description, token: 7))
        let id = try application.notice(\.registeredApplication)
        let (launch, program) = try worker.notice(\.launch)
        #expect(launch.work == .executor(id, ExecutorID(0)))
        #expect(launch.resources == Resources(cores: 2, memoryBytes: 1 << 30))
        #expect(program == description.program)
        let added = try application.notice { notice -> GrantedExecutor? in
            if case .application(.executorAdded(let executor)) = notice { executor } else { nil }
        }
        #expect(added.id == ExecutorID(0) && added.worker == WorkerID("worker-1"))
        worker.send(.worker(WorkerID("worker-1"), .started(launch.work)))
        try application.notice { if case .application(.executorChanged(_, .running, _)) = $0 { () } else { nil } }

        application.send(.application(id, .end(hasFailed: false)))
        try worker.notice { notice in if case .kill(launch.work)? = notice.order?.0 { () } else { nil } }
        try fixture.stop()
    }

    @Test func theStatusHasNoSecretsAndNoSettings() throws {
        let fixture = try MasterFixture()
        let application = try fixture.connect()
        var description = MasterFixture.application("words")
        description.program.environment = ["MARTLET_CONF": "martlet.authenticate.secret=hush-hush"]
        application.send(.registerApplication(description, token: 7))
        _ = try application.notice(\.registeredApplication)
        let text = String(decoding: try application.ask(.overview), as: UTF8.self)
        #expect(text.contains("words"))
        #expect(!text.contains(description.program.secret.text) && !text.contains("hush-hush"))
        try fixture.stop()
    }

    /// While a record is being written, a request is answered over the connection that waits: what had been sent before the
    /// write would have arrived before that answer.
    @Test func nobodyHearsOfWhatIsNotDurable() throws {
        let store = TestStore()
        let fixture = try MasterFixture(store: store)
        let application = try fixture.connect()
        let early = Mutex<[Int]>([])
        store.before { _ in
            application.passThrough()
            early.withLock { $0.append(application.noticeCount) }
        }
        application.send(.registerApplication(MasterFixture.application("words"), token: 7))
        let id = try application.notice(\.registeredApplication)
        store.before(nil)
        #expect(early.withLock { $0.first } == 0)
        #expect(store.transactions.contains { $0.contains { if case .put(.application(let record)) = $0 { record.id == id } else { false } } })
        try fixture.stop()
    }

    @Test func registrationsThatComeTogetherAreOneTransaction() throws {
        let store = TestStore()
        let fixture = try MasterFixture(store: store)
        let first = try fixture.connect()
        let gate = Monitor(false)
        let isWriting = Monitor(false)
        store.before { changes in
            guard changes.contains(where: { $0.key == .worker(WorkerID("worker-0")) }) else { return }
            isWriting.change(waking: .max) { $0 = true }
            gate.wait { $0 ? () : nil }
        }
        first.send(.registerWorker(MasterFixture.worker(0), .empty))
        isWriting.wait { $0 ? () : nil }
        let others = try (1...50).map { try fixture.worker($0) }
        for other in others { other.passThrough() }
        let before = store.transactions.count
        gate.change(waking: .max) { $0 = true }
        for other in others { try other.notice { if case .registered? = $0.order?.0 { () } else { nil } } }
        #expect(store.transactions.dropFirst(before).map(\.count) == [1, 50])
        try fixture.stop()
    }

    @Test func theNextMasterFindsWorkersAndApplications() throws {
        let store = TestStore()
        let network = Network()
        // The worker and the driver listen, each with its own secret.
        let (workerDoor, driverDoor) = (Member(), Member())
        let description = MasterFixture.application("words")
        let anyPort = NetworkAddress(host: "127.0.0.1", port: 0)
        let workerAt = try network.listen(on: anyPort, MasterFixture.options()) { workerDoor }
        let driverAt = try network.listen(on: anyPort, MasterFixture.options(description.program.secret)) { driverDoor }

        let former = try MasterFixture(store: store)
        let worker = try former.worker(1, port: workerAt.address.port)
        let application = try former.connect()
        var registered = MasterFixture.application("words", port: driverAt.address.port)
        registered.program.secret = description.program.secret
        application.send(.registerApplication(registered, token: 7))
        let id = try application.notice(\.registeredApplication)
        let (launch, _) = try worker.notice(\.launch)
        try former.stop()

        let next = try MasterFixture(store: store)
        try workerDoor.notice { if case .registerAgain? = $0.order?.0 { () } else { nil } }
        try driverDoor.notice { if case .application(.reconnect) = $0 { () } else { nil } }
        var report = WorkReport(lastLaunch: launch.number)
        report.processes = [RunningWork(launch: launch, isRunning: true)]
        let back = try next.connect()
        back.send(.registerWorker(MasterFixture.worker(1, port: workerAt.address.port), report))
        try back.notice { if case .registered? = $0.order?.0 { () } else { nil } }
        let stranger = try next.connect()
        stranger.send(.reconnectApplication(id, having: [], secret: ClusterSecret("another secret, of somebody")))
        #expect(try stranger.notice(\.refusal).contains("secret"))
        let driver = try next.connect()
        driver.send(.reconnectApplication(id, having: [ExecutorID(0)], secret: registered.program.secret))
        #expect(try driver.notice(\.registeredApplication) == id)
        let status = try next.overview(driver)
        #expect(status.phase == "alive")
        #expect(status.status.applications.first?.executors.map(\.phase) == [.running])
        try next.stop()
        network.shutdown()
    }

    @Test func connectionsMayOnlySayWhatBelongsToThem() throws {
        let fixture = try MasterFixture()
        #expect(throws: NetworkError.self) { try fixture.connect(ClusterSecret("not the cluster's secret")) }
        let application = try fixture.connect()
        application.send(.registerApplication(MasterFixture.application("words"), token: 7))
        let id = try application.notice(\.registeredApplication)

        let other = try fixture.connect()
        other.send(.application(id, .end(hasFailed: false)))
        #expect(try other.closed().contains("may not speak for \(id)"))
        let thief = try fixture.connect()
        var stolen = MasterFixture.application("words")
        stolen.program.secret = ClusterSecret("another secret, of a thief")
        thief.send(.registerApplication(stolen, token: 7))
        #expect(try thief.notice(\.refusal).contains("another application"))
        let worker = try fixture.worker(1)
        worker.send(.killApplication(id))
        #expect(try worker.closed().contains("may not kill"))
        #expect(try fixture.overview(application).status.applications.map(\.id) == [id])
        try fixture.stop()
    }

    @Test func whatNoProcessSendsIsRefused() throws {
        let fixture = try MasterFixture()
        let liar = try fixture.connect()
        liar.send(.registerWorker(MasterFixture.worker(1, cores: .max), .empty))
        #expect(try liar.closed().contains("cannot have \(Int.max) cores"))
        let none = try fixture.worker(2, cores: 0)
        try none.notice { if case .refused? = $0.order?.0 { () } else { nil } }
        let large = try fixture.connect()
        large.connection?.send([UInt8](repeating: 0x20, count: 2 << 20))
        #expect(try large.closed().contains("more than the"))
        let stranger = try fixture.connect()
        stranger.connection?.send(Array("{}".utf8))
        #expect(try stranger.closed().contains("no MasterMessage of this version"))
        let alive = try fixture.worker(3)
        try alive.notice { if case .registered? = $0.order?.0 { () } else { nil } }
        try fixture.stop()
    }

    @Test func aMasterThatCannotWriteEnds() throws {
        let store = TestStore()
        let fixture = try MasterFixture(store: store)
        let worker = try fixture.connect()
        _ = try fixture.overview(worker)
        store.fail(.failed(reason: "the disk is full"))
        worker.send(.registerWorker(MasterFixture.worker(1), .empty))
        let end = try fixture.ended()
        #expect(end.status == 1 && end.reason.contains("the disk is full"))
        #expect(worker.noticeCount == 0)
        try fixture.stop()
    }

    @Test func aMasterThatLeadsNoMoreAnswersNothing() throws {
        let store = TestStore()
        let fixture = try MasterFixture(store: store)
        let worker = try fixture.connect()
        _ = try fixture.overview(worker)
        store.fail(.leadershipLost(reason: "b has the lease"))
        worker.send(.registerWorker(MasterFixture.worker(1), .empty))
        #expect(try worker.closed().contains("does not lead"))
        #expect(worker.noticeCount == 0)
        let again = try fixture.worker(1)
        try again.notice { if case .standby? = $0.order?.0 { () } else { nil } }
        #expect(try fixture.overview(again).leads == false)
        try fixture.stop()
    }
}
